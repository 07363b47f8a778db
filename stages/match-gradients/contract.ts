import {defineContract} from '../../src/contract/contract.ts';
import {
  amount,
  inputs,
  kept,
  outputs,
  pixelUpdates,
  realBatch,
} from '../shared/distilling/contract-parts.ts';
import {media} from '../shared/media.ts';
import {augmentation, augmentationMode, network, seed} from '../shared/parameters.ts';
import {check, facts} from './check.ts';

export const contract = defineContract({
  type: 'match-gradients',
  version: 2,
  summary:
    'Distils a synthetic set by matching gradients (DC; with an augmentation DSA): it must move a network as real images do.',
  media,
  // Defaults are those of DC in the authors' program. DSA is: init: real, and an augmentation.
  params: {
    ipc: amount.ipc,
    model: network,
    networks: {
      type: 'integer',
      description:
        'K: new networks on which the set is updated, `outerSteps` times each. Snapshots count updates.',
      minimum: 1,
      default: 1000,
    },
    outerSteps: {
      type: 'integer',
      description:
        "O: updates of the set for each network. Default: the authors' table: 1, 10, 20, 30, 40, 50 for as many images per class; between its rows, as many as images per class; 50 for more.",
      minimum: 1,
      optional: true,
    },
    innerEpochs: {
      type: 'integer',
      description:
        "I: passes over the set in which the network is trained between two updates. Default: the authors' table: 1, 50, 25, 20, 15, 10 for 1, 10, 20, 30, 40, 50 images per class, interpolated between its rows; 10 for more.",
      minimum: 1,
      optional: true,
    },
    distance: {
      enum: ['ours', 'mse', 'cos'],
      description:
        "What is minimised. ours: the authors' own, cosines of the weights of each output. mse, cos: squared distance, or cosine, of the whole gradients.",
      default: 'ours',
    },
    realBatch,
    batch: {
      type: 'integer',
      description: 'Synthetic images in an update of the network.',
      minimum: 1,
      default: 256,
    },
    learningRate: {
      type: 'number',
      description: 'η_θ: learning rate of the network, which is trained by plain SGD.',
      exclusiveMinimum: 0,
      default: 0.01,
    },
    ...pixelUpdates,
    pixelRate: {
      ...pixelUpdates.pixelRate,
      description: 'η_x: learning rate of the pixels. The authors took 0.01 for MLP.',
      default: 0.1,
    },
    init: {
      enum: pixelUpdates.init.enum,
      description:
        'Start from standard normal noise (noise), or from random training images (real).',
      default: 'noise',
    },
    augmentation: {
      ...augmentation,
      description: `${augmentation.description} Synthetic and real images of a class share one draw.`,
      default: 'none',
    },
    augmentationMode,
    ...kept,
    seed,
  },
  inputs: {dataset: {media: 'dataset', summary: 'the real images'}, ...inputs},
  outputs,
  goesOn: {by: 'networks', output: 'state', input: 'state'},
  engine: true,
  facts,
  check,
});
