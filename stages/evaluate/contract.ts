import {defineContract} from '../../src/contract/contract.ts';
import {
  augmentationMode,
  network,
  seed,
  shownName,
  testImages,
  trainingAugmentation,
} from '../shared/parameters.ts';

export const contract = defineContract({
  type: 'evaluate',
  version: 7,
  summary: 'Trains new networks on a synthetic set and tries them on real images.',
  params: {
    model: network,
    set: {
      ...shownName,
      description: 'What tables call the synthetic set.',
      default: 'distilled',
    },
    trials: {type: 'integer', description: 'How many networks.', minimum: 1, default: 5},
    // Defaults below: the recipe of the official program.
    epochs: {
      type: 'integer',
      description:
        'Number of the last epoch, counted from 0. The learning rate drops tenfold half-way.',
      minimum: 0,
      default: 1000,
    },
    batch: {type: 'integer', description: 'Images an update.', minimum: 1, default: 256},
    learningRate: {
      anyOf: [
        {const: 'learned', description: "the set's own step size"},
        {type: 'number', description: 'a number', exclusiveMinimum: 0},
      ],
      description:
        "Of SGD: `learned` takes the set's step size. Networks without normalisation want less, 0.01.",
      default: 'learned',
    },
    momentum: {
      type: 'number',
      description: 'Of SGD.',
      minimum: 0,
      exclusiveMaximum: 1,
      default: 0.9,
    },
    weightDecay: {type: 'number', description: 'Of SGD.', minimum: 0, default: 5e-4},
    augmentation: trainingAugmentation,
    augmentationMode,
    split: {
      enum: ['test', 'held-out'],
      description:
        'Which real images to try them on: the test images, or training images that the data set holds out to choose by.',
      default: 'test',
    },
    testImages,
    seed,
  },
  inputs: {
    dataset: {media: 'dataset', summary: 'the real images, of which one split is used'},
    synthetic: {media: 'synthetic', summary: 'what to train on'},
  },
  outputs: {scores: {media: 'scores', summary: 'accuracy and loss, one row a trial'}},
  engine: true,
});
