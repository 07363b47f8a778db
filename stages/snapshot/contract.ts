import {defineContract} from '../../src/contract/contract.ts';
import {media} from '../shared/media.ts';
import {check, facts} from './check.ts';

export const contract = defineContract({
  type: 'snapshot',
  version: 1,
  summary:
    'Takes one of the snapshots of a distillation, so that each can be evaluated and stored on its own.',
  media,
  params: {
    iteration: {
      type: 'integer',
      description: 'The number of updates before the snapshot.',
      minimum: 0,
    },
  },
  inputs: {
    snapshots: {media: 'synthetic', many: true, summary: 'the snapshots of a distill stage'},
  },
  outputs: {synthetic: {media: 'synthetic', summary: 'the selected snapshot, byte for byte'}},
  facts,
  check,
});
