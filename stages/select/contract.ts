import {defineContract} from '../../src/contract/contract.ts';
import {media} from '../shared/media.ts';
import {network} from '../shared/parameters.ts';
import {check, facts} from './check.ts';

export const contract = defineContract({
  type: 'select',
  version: 1,
  summary: 'Picks the snapshot with the best mean accuracy; among equals, the earliest.',
  media,
  params: {
    split: {
      enum: ['test', 'held-out'],
      description:
        'The images whose accuracy decides. The paper used test images, which makes the number optimistic.',
      default: 'test',
    },
    model: {
      enum: network.enum,
      expected: network.expected,
      description:
        'The network whose accuracy decides. May be left out if all scores are of one network.',
      optional: true,
    },
  },
  inputs: {
    scores: {media: 'scores', many: true, summary: 'the scores of each snapshot'},
    snapshots: {media: 'synthetic', many: true, summary: 'the snapshots that were scored'},
    transform: {
      media: 'transform',
      optional: true,
      summary: 'the transform of the data set: the picked set then carries it',
    },
  },
  outputs: {
    synthetic: {
      media: 'synthetic',
      summary: 'the best snapshot, with the reason why it was picked',
    },
    scores: {
      media: 'scores',
      summary: 'all scores of the picked snapshot, on any split and of any network',
    },
    choice: {
      media: 'json',
      summary: 'the picked snapshot, the criterion, and the accuracies of all snapshots',
    },
  },
  facts,
  check,
});
