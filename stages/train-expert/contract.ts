import {defineContract} from '../../src/contract/contract.ts';
import {
  augmentationMode,
  network,
  seed,
  siamese,
  testImages,
  trainingAugmentation,
} from '../shared/parameters.ts';

export const contract = defineContract({
  type: 'train-expert',
  version: 7,
  summary: 'Trains one network on real images and keeps its parameters after every epoch.',
  params: {
    model: network,
    // Defaults: the recipe of the official program, which is plain SGD on purpose.
    epochs: {
      type: 'integer',
      description:
        'Epochs to train. Distillation reads no further than maxStartEpoch − 1 + expertEpochs: there is no need to go on after that.',
      minimum: 1,
      default: 50,
    },
    keep: {
      type: 'integer',
      description:
        'Store the parameters of only so many epochs, the first ones, beside those at the start. All by default.',
      minimum: 1,
      optional: true,
    },
    batch: {type: 'integer', description: 'Images an update.', minimum: 1, default: 256},
    learningRate: {type: 'number', description: 'Of SGD.', exclusiveMinimum: 0, default: 0.01},
    decay: {
      type: 'boolean',
      description:
        'The learning rate drops tenfold once, a little after half of the epochs, and momentum starts anew.',
      default: false,
    },
    momentum: {
      type: 'number',
      description: 'Of SGD.',
      minimum: 0,
      exclusiveMaximum: 1,
      default: 0,
    },
    weightDecay: {type: 'number', description: 'Of SGD.', minimum: 0, default: 0},
    augmentation: trainingAugmentation,
    augmentationMode,
    siamese,
    images: {
      type: 'integer',
      description:
        'Train on only so many images, the first of a fixed random order. All by default.',
      minimum: 1,
      optional: true,
    },
    orderSeed: {
      type: 'integer',
      description: 'Addresses that order; the same for all experts.',
      default: 0,
    },
    testImages,
    seed,
    precision: {
      enum: ['F32', 'F16', 'BF16'],
      description:
        'How parameters are stored: as they are, or in half the bytes, rounded to half precision or to bfloat16.',
      default: 'F32',
    },
  },
  inputs: {dataset: {media: 'dataset', summary: 'normalised or whitened images'}},
  outputs: {
    trajectory: {media: 'trajectory', summary: 'parameters at the start and after each epoch'},
    metrics: {
      media: 'metrics',
      summary: 'loss and accuracy after each epoch, and how far the epoch went',
    },
  },
  engine: true,
});
