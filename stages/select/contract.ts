import {defineContract} from '../../src/contract/contract.ts';
import {network} from '../shared/parameters.ts';

export const contract = defineContract({
  type: 'select',
  version: 1,
  summary:
    'Picks the snapshot with the best mean accuracy; of several that are as good, the earliest.',
  params: {
    split: {
      enum: ['test', 'held-out'],
      description:
        'By accuracy on which images. By test is how the paper chose, which makes the number optimistic.',
      default: 'test',
    },
    model: {
      enum: network.enum,
      description:
        'By the accuracy of which network. May be left out where scores are of one only.',
      optional: true,
    },
  },
  inputs: {
    scores: {media: 'scores', many: true, summary: 'how each snapshot did'},
    snapshots: {media: 'synthetic', many: true, summary: 'what those were scores of'},
    transform: {
      media: 'transform',
      optional: true,
      summary: 'what was done to the images: the picked set then carries it',
    },
  },
  outputs: {
    synthetic: {media: 'synthetic', summary: 'the best snapshot, which says why it was picked'},
    scores: {media: 'scores', summary: 'all scores of it, on any split and of any network'},
    choice: {media: 'json', summary: 'which it is, by what, and how all of them did'},
  },
});
