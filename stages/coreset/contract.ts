import {Type} from 'typebox';
import {defineContract} from '../../src/contract/contract.ts';
import {seed} from '../parameters.ts';

export const contract = defineContract({
  type: 'coreset',
  version: 1,
  summary: 'Chooses real training images to stand for the whole: what a synthetic set must beat.',
  params: Type.Object({
    method: Type.Enum(['random'], {
      description: 'random: images of each class, drawn without replacement.',
      default: 'random',
    }),
    ipc: Type.Optional(
      Type.Integer({
        description: 'Images per class; by default as many as in `like`, or 1.',
        minimum: 1,
      }),
    ),
    stepSize: Type.Optional(
      Type.Number({
        description: 'Learning rate to train with; by default that of `like`, or 0.01.',
        exclusiveMinimum: 0,
      }),
    ),
    seed,
  }),
  inputs: {
    dataset: {media: 'dataset', summary: 'normalised or whitened images'},
    transform: {
      media: 'transform',
      optional: true,
      summary: 'what was done to them: the chosen set then carries it, and an undone copy',
    },
    like: {
      media: 'synthetic',
      optional: true,
      summary: 'a synthetic set to be compared with: as many images, the same step size',
    },
  },
  outputs: {
    synthetic: {media: 'synthetic', summary: 'the chosen images'},
    picture: {media: 'image', summary: 'the chosen images, in colours people see'},
  },
});
