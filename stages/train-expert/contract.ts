import {defineContract} from '../../src/contract/contract.ts';
import {augmentation, network, seed, testImages} from '../parameters.ts';

export const contract = defineContract({
  type: 'train-expert',
  version: 1,
  summary: 'Trains one network on real images and keeps its parameters after every epoch.',
  params: {
    model: network,
    // Defaults: the recipe of the official program, which is plain SGD on purpose.
    epochs: {
      type: 'integer',
      description:
        'Epochs to train. Distillation reads no further than maxStartEpoch − 1 + expertEpochs.',
      minimum: 1,
      default: 50,
    },
    batch: {type: 'integer', description: 'Images an update.', minimum: 1, default: 256},
    learningRate: {type: 'number', description: 'Of SGD.', exclusiveMinimum: 0, default: 0.01},
    momentum: {
      type: 'number',
      description: 'Of SGD; the buffer starts anew each epoch.',
      minimum: 0,
      exclusiveMaximum: 1,
      default: 0,
    },
    weightDecay: {type: 'number', description: 'Of SGD.', minimum: 0, default: 0},
    augmentation,
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
    precision: {enum: ['F32', 'F16'], description: 'How parameters are stored.', default: 'F32'},
  },
  inputs: {dataset: {media: 'dataset', summary: 'normalised or whitened images'}},
  outputs: {
    trajectory: {media: 'trajectory', summary: 'parameters at the start and after each epoch'},
    metrics: {media: 'metrics', summary: 'loss and accuracy after each epoch'},
  },
  engine: true,
});
