import {defineContract} from '../../src/contract/contract.ts';
import {amount} from '../shared/distilling/contract-parts.ts';
import {media} from '../shared/media.ts';
import {augmentation, augmentationMode, seed} from '../shared/parameters.ts';
import {check} from './check.ts';

export const contract = defineContract({
  type: 'probe',
  version: 2,
  summary:
    'Finds parameters with which distill can begin on own data: the last start epoch T⁺, the step size α₀ and the learning rate of pixels η_x.',
  media,
  params: {
    ipc: amount.ipc,
    steps: {
      type: 'integer',
      description: 'N: SGD steps of the student, as they will be in distill.',
      minimum: 1,
      default: 20,
    },
    expertEpochs: {
      type: 'integer',
      description: 'M: the number of expert epochs that the student must cover, as in distill.',
      minimum: 1,
      default: 3,
    },
    batch: {
      type: 'integer',
      description: '|b|: synthetic images in a student step. Default: all.',
      minimum: 1,
      optional: true,
    },
    stepSizes: {
      type: 'array',
      items: {type: 'number', exclusiveMinimum: 0},
      minItems: 1,
      description:
        'The step sizes α that are tried. The default has two in each power of ten; published ones are 0.001 and 0.01.',
      default: [1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1],
    },
    startEpochs: {
      type: 'integer',
      description:
        'The number of start epochs that are tried, evenly spaced from 0 to the last one with M epochs after it; all, if there are fewer.',
      minimum: 2,
      default: 6,
    },
    trajectories: {
      type: 'integer',
      description:
        'The number of trajectories that are tried, the first ones; all, if there are fewer. Medians over them decide.',
      minimum: 1,
      default: 3,
    },
    // Measured on whitened CIFAR-10, one image per class: ‖∂L/∂X‖ = 0.014, the mean of the first five iterations of the official
    // program, and ‖X‖ = 0.239 √30720 = 42, ten real images.
    relativeUpdate: {
      type: 'number',
      description:
        'The share of the norm of all pixels by which the first update is to move them. On CIFAR-10 with one image per class, 3 % and 33 % belong to the published η_x of 100 and 1000; the default lies between.',
      exclusiveMinimum: 0,
      default: 0.1,
    },
    iterations: {
      type: 'integer',
      description:
        'The updates after which the loss must have fallen by 1 %. If it rose, half the rate is tried, otherwise the double, up to six rates in all.',
      minimum: 1,
      default: 20,
    },
    augmentation,
    augmentationMode,
    seed,
  },
  inputs: {
    dataset: {media: 'dataset', summary: 'the images that the experts were trained on'},
    transform: {media: 'transform', optional: true, summary: 'the transform of the data set'},
    buffers: {media: 'buffer', many: true, summary: 'trajectories of experts'},
  },
  outputs: {
    parameters: {
      media: 'json',
      product: true,
      summary: 'parameters of distill: those that were found, and those that they were found for',
    },
    report: {media: 'markdown', summary: 'what was tried, and what was chosen'},
    losses: {
      media: 'table',
      summary: 'loss of a student on real images, by trajectory, start epoch and step size',
    },
    rates: {media: 'table', summary: 'loss after a short distillation, by learning rate of pixels'},
  },
  engine: true,
  check,
});
