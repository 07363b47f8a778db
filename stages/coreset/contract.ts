import {defineContract} from '../../src/contract/contract.ts';
import {seed} from '../shared/parameters.ts';

export const contract = defineContract({
  type: 'coreset',
  version: 7,
  summary: 'Chooses real training images to stand for the whole: what a synthetic set must beat.',
  params: {
    method: {
      enum: ['random', 'herding', 'k-center'],
      description:
        'Of each class: random draws without replacement; herding takes images whose mean is that of the class; k-center takes images that are far from each other.',
      default: 'random',
    },
    ipc: {
      type: 'integer',
      description: 'Images per class; by default as many as in `like`, or 1.',
      minimum: 1,
      optional: true,
    },
    stepSize: {
      type: 'number',
      description: 'Learning rate to train with; by default that of `like`, or 0.01.',
      exclusiveMinimum: 0,
      optional: true,
    },
    seed,
  },
  inputs: {
    dataset: {media: 'dataset', summary: 'normalised or whitened images'},
    transform: {
      media: 'transform',
      optional: true,
      summary: 'what was done to them: the chosen set then carries it, and an undone copy',
    },
    buffers: {
      media: 'buffer',
      many: true,
      optional: true,
      summary:
        'experts: herding and k-center then see what the last layer of the first one takes, and pixels otherwise',
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
  engine: true,
});
