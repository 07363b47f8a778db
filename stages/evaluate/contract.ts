import {defineContract} from '../../src/contract/contract.ts';
import {media} from '../shared/media.ts';
import {
  augmentationMode,
  network,
  seed,
  shownName,
  testImages,
  trainingAugmentation,
} from '../shared/parameters.ts';
import {check, facts} from './check.ts';

export const contract = defineContract({
  type: 'evaluate',
  version: 10,
  summary: 'Trains new networks on a synthetic set and evaluates them on real images.',
  media,
  params: {
    model: network,
    set: {
      ...shownName,
      description: 'The name of the synthetic set in tables.',
      default: 'distilled',
    },
    trials: {
      type: 'integer',
      description: 'The number of networks to train.',
      minimum: 1,
      default: 5,
    },
    // Defaults below are the recipe of the official program.
    epochs: {
      type: 'integer',
      description:
        'Number of the last epoch, counted from 0. The learning rate drops tenfold half-way.',
      minimum: 0,
      default: 1000,
    },
    batch: {type: 'integer', description: 'Images in an update.', minimum: 1, default: 256},
    learningRate: {
      anyOf: [
        {const: 'learned', description: 'the step size of the set'},
        {type: 'number', description: 'a number', exclusiveMinimum: 0},
      ],
      description:
        'Learning rate of SGD; `learned` takes the step size of the set. Networks without normalisation need a smaller one, 0.01.',
      default: 'learned',
    },
    momentum: {
      type: 'number',
      description: 'Momentum of SGD.',
      minimum: 0,
      exclusiveMaximum: 1,
      default: 0.9,
    },
    weightDecay: {type: 'number', description: 'Weight decay of SGD.', minimum: 0, default: 5e-4},
    labels: {
      enum: ['own', 'hard'],
      description:
        'What networks are trained to answer. own: the soft labels of the set, if it has any. hard: the class of each image alone. Default: own.',
      optional: true,
    },
    augmentation: trainingAugmentation,
    augmentationMode,
    split: {
      enum: ['test', 'held-out'],
      description:
        'The real images to evaluate on: test images, or the held-out training images of the data set.',
      default: 'test',
    },
    testImages,
    seed,
  },
  inputs: {
    dataset: {media: 'dataset', summary: 'the real images; one split of them is used'},
    synthetic: {media: 'synthetic', summary: 'the set to train on'},
  },
  outputs: {scores: {media: 'scores', summary: 'accuracy and loss, one row per trial'}},
  engine: true,
  facts,
  check,
});
