import {defineContract} from '../../src/contract/contract.ts';
import {media} from '../shared/media.ts';
import {check, facts} from './check.ts';

export const contract = defineContract({
  type: 'shard-buffers',
  version: 1,
  summary: 'Gathers the trajectories of experts of one kind into buffers.',
  media,
  params: {
    shardSize: {
      type: 'integer',
      description: 'The number of experts in a buffer; the last buffer may have fewer.',
      minimum: 1,
      default: 10,
    },
  },
  inputs: {
    experts: {media: 'trajectory', many: true, summary: "the experts' trajectories, in order"},
  },
  outputs: {
    buffers: {media: 'buffer', many: true, summary: 'the same trajectories, sharded', bulky: true},
  },
  facts,
  check,
});
