import {defineContract} from '../../src/contract/contract.ts';
import {media} from '../shared/media.ts';
import {check, facts} from './check.ts';

export const contract = defineContract({
  type: 'import-synthetic',
  version: 2,
  summary:
    'Imports a synthetic set of the official PyTorch program, images_best.pt and labels_best.pt, or of one that learned soft labels.',
  media,
  params: {
    stepSize: {
      type: 'number',
      description:
        "The learned step size, which the official program's files do not contain: its log calls it Synthetic_LR. Default: that of the files, if they have one.",
      exclusiveMinimum: 0,
      optional: true,
    },
  },
  inputs: {
    images: {
      media: 'file',
      many: true,
      summary: 'files written by torch.save: a tensor [n, C, H, W]; several files are concatenated',
    },
    labels: {
      media: 'file',
      many: true,
      optional: true,
      summary:
        'files written by torch.save: a tensor [n], or one of soft labels [n, classes]: logits, or probabilities. Default: equally many images of each class, class after class',
    },
    stepSize: {
      media: 'file',
      optional: true,
      summary: 'a file written by torch.save that has the learned step size, lr_best.pt',
    },
    dataset: {media: 'dataset', summary: 'the data set that the set was distilled from'},
    transform: {
      media: 'transform',
      optional: true,
      summary: 'the transform of the data set: the set then carries it, and an un-transformed copy',
    },
  },
  outputs: {
    synthetic: {media: 'synthetic', product: true, summary: 'the synthetic set'},
    picture: {media: 'image', summary: 'the synthetic images, in their original colours'},
  },
  facts,
  check,
});
