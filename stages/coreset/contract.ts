import {defineContract} from '../../src/contract/contract.ts';
import {media} from '../shared/media.ts';
import {seed} from '../shared/parameters.ts';
import {check, facts} from './check.ts';

export const contract = defineContract({
  type: 'coreset',
  version: 9,
  summary:
    'Chooses real training images to represent the data set: the control of a synthetic set.',
  media,
  params: {
    method: {
      enum: ['random', 'herding', 'k-center', 'correct'],
      description:
        'How images of a class are chosen. random: draws without replacement. herding: images whose mean approaches that of the class. k-center: images that are far from each other. correct: in random order, images that the first expert classifies correctly; where it knows too few, those that the next one does.',
      default: 'random',
    },
    ipc: {
      type: 'integer',
      description: 'Images per class. Default: as many as in `like`, or 1.',
      minimum: 1,
      optional: true,
    },
    stepSize: {
      type: 'number',
      description: 'Learning rate to train with. Default: that of `like`, or 0.01.',
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
      summary:
        'the transform of the data set: the chosen set then carries it, and an un-transformed copy',
    },
    buffers: {
      media: 'buffer',
      many: true,
      optional: true,
      summary:
        'experts: herding and k-center then compare the features before the last layer of the first expert, otherwise pixels; correct needs them',
    },
    like: {
      media: 'synthetic',
      optional: true,
      summary:
        'the synthetic set to compare with: as many images are chosen as take the room of what it stores, with the same step size',
    },
  },
  outputs: {
    synthetic: {media: 'synthetic', summary: 'the chosen images'},
    picture: {media: 'image', summary: 'the chosen images, in their original colours'},
  },
  engine: true,
  facts,
  check,
});
