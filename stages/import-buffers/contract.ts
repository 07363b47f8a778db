import {defineContract} from '../../src/contract/contract.ts';
import {network} from '../shared/parameters.ts';

export const contract = defineContract({
  type: 'import-buffers',
  version: 1,
  summary: 'Takes in experts that the official PyTorch program trained, replay_buffer_*.pt.',
  params: {
    model: network,
    keep: {
      type: 'integer',
      description:
        'Store the parameters of only so many epochs, the first ones, beside those at the start. Distillation reads no further than maxStartEpoch − 1 + expertEpochs. All by default.',
      minimum: 1,
      optional: true,
    },
    precision: {
      enum: ['F32', 'F16', 'BF16'],
      description:
        'How parameters are stored: as they are, or in half the bytes, rounded to half precision or to bfloat16.',
      default: 'F32',
    },
  },
  inputs: {
    files: {
      media: 'file',
      many: true,
      summary: 'files that torch.save wrote: lists of trajectories of parameter tensors',
    },
    dataset: {media: 'dataset', summary: 'the images that the experts were trained on'},
  },
  outputs: {buffers: {media: 'buffer', many: true, summary: 'the same trajectories, file by file'}},
});
