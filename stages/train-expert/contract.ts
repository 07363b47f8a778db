import {defineContract} from '../../src/contract/contract.ts';
import {media} from '../shared/media.ts';
import {
  augmentationMode,
  network,
  seed,
  siamese,
  testImages,
  trainingAugmentation,
} from '../shared/parameters.ts';
import {check, facts} from './check.ts';

export const contract = defineContract({
  type: 'train-expert',
  version: 12,
  summary: 'Trains one network on real images and keeps its parameters after every epoch.',
  media,
  params: {
    model: network,
    // Defaults are the recipe of the official program, which uses plain SGD on purpose.
    epochs: {
      type: 'integer',
      description:
        'Epochs to train. Distillation reads at most maxStartEpoch − 1 + expertEpochs of them.',
      minimum: 1,
      default: 50,
    },
    keep: {
      type: 'integer',
      description:
        'Store the parameters of at most this many epochs, the first ones, beside those at the start. Default: all.',
      minimum: 1,
      optional: true,
    },
    batch: {type: 'integer', description: 'Images in an update.', minimum: 1, default: 256},
    learningRate: {
      type: 'number',
      description: 'Learning rate of SGD.',
      exclusiveMinimum: 0,
      default: 0.01,
    },
    decay: {
      type: 'boolean',
      description:
        'Divide the learning rate by ten once, a little after half of the epochs, and restart momentum.',
      default: false,
    },
    momentum: {
      type: 'number',
      description: 'Momentum of SGD.',
      minimum: 0,
      exclusiveMaximum: 1,
      default: 0,
    },
    weightDecay: {type: 'number', description: 'Weight decay of SGD.', minimum: 0, default: 0},
    flat: {
      type: 'object',
      description:
        'Train by GSAM as FTD and DATM do, towards parameters around which the loss stays low: two gradients an update, so twice the time. rho (0.01, as in both): how far away the second gradient is taken. alpha (0.3, as in DATM; 0.4 in the program of FTD, 1 in its paper; 0 is SAM): how much of the first that is orthogonal to the second is subtracted. adaptive (true): the distance of a parameter grows with the parameter. Default: plain SGD.',
      properties: {
        rho: {type: 'number', minimum: 0, default: 0.01},
        alpha: {type: 'number', minimum: 0, default: 0.3},
        adaptive: {type: 'boolean', default: true},
      },
      optional: true,
    },
    augmentation: trainingAugmentation,
    augmentationMode,
    siamese,
    images: {
      type: 'integer',
      description:
        'Train on at most this many images, the first of a fixed random order. Default: all.',
      minimum: 1,
      optional: true,
    },
    orderSeed: {
      type: 'integer',
      description: 'Seed of that order, the same for all experts.',
      default: 0,
    },
    testImages,
    seed,
    precision: {
      enum: ['F32', 'F16', 'BF16'],
      description:
        'The precision of stored parameters: F32 as they are, or half the bytes, rounded to half precision or bfloat16.',
      default: 'F32',
    },
    line: {
      type: 'object',
      description:
        'Store a line in the place of a trajectory, as MCT does: the parameters at the start, after the epochs `through` (MCT: 6 and 25, or none) and at the end, and how far each parameter array had gone after every epoch. Distillation interpolates the others. `smooth` (false; true in MCT with epochs in between): average each of these parameters with those of the epochs beside it. Default: every epoch is stored.',
      properties: {
        through: {type: 'array', items: {type: 'integer', minimum: 1}, default: []},
        smooth: {type: 'boolean', default: false},
      },
      optional: true,
    },
  },
  inputs: {
    dataset: {media: 'dataset', summary: 'normalised or whitened images'},
    start: {
      media: 'trajectory',
      optional: true,
      summary:
        'the same expert, trained for fewer epochs: training goes on from its last one, and gives the bytes that training from the beginning gives; if it is not connected, the stored one with the most epochs',
    },
  },
  outputs: {
    trajectory: {
      media: 'trajectory',
      summary: 'parameters at the start and after each epoch',
      bulky: true,
    },
    metrics: {
      media: 'metrics',
      summary: 'loss and accuracy after each epoch, and the distance that the parameters moved',
    },
  },
  goesOn: {by: 'epochs', output: 'trajectory', input: 'start'},
  engine: true,
  facts,
  check,
});
