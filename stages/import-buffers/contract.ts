import {defineContract} from '../../src/contract/contract.ts';
import {media} from '../shared/media.ts';
import {network} from '../shared/parameters.ts';
import {check, facts} from './check.ts';

export const contract = defineContract({
  type: 'import-buffers',
  version: 1,
  summary: 'Imports experts of the official PyTorch program, replay_buffer_*.pt.',
  media,
  params: {
    model: network,
    keep: {
      type: 'integer',
      description:
        'Store the parameters of at most this many epochs, the first ones, beside those at the start. Distillation reads at most maxStartEpoch − 1 + expertEpochs epochs. Default: all.',
      minimum: 1,
      optional: true,
    },
    precision: {
      enum: ['F32', 'F16', 'BF16'],
      description:
        'The precision of stored parameters: F32 as they are, or half the bytes, rounded to half precision or bfloat16.',
      default: 'F32',
    },
  },
  inputs: {
    files: {
      media: 'file',
      many: true,
      summary: 'files written by torch.save: lists of trajectories of parameter tensors',
    },
    dataset: {media: 'dataset', summary: 'the images that the experts were trained on'},
  },
  outputs: {
    buffers: {
      media: 'buffer',
      many: true,
      summary: 'the same trajectories, file by file',
      bulky: true,
    },
  },
  facts,
  check,
});
