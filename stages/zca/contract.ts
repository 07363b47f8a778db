import {defineContract} from '../../src/contract/contract.ts';
import {media} from '../shared/media.ts';
import {check, facts} from './check.ts';

export const contract = defineContract({
  type: 'zca',
  version: 7,
  summary: 'Whitens or standardises a data set: fitted to its training images, applied to all.',
  media,
  params: {
    method: {
      enum: ['zca', 'standardise'],
      description:
        'zca: decorrelate all pixels. standardise: subtract the mean and divide by the standard deviation of each channel, the published ones where the data set is known.',
      default: 'zca',
    },
    eps: {
      type: 'number',
      description:
        'Added to the eigenvalues of the covariance before they are inverted (zca only).',
      exclusiveMinimum: 0,
      default: 0.1,
    },
  },
  inputs: {dataset: {media: 'dataset', summary: 'raw pixels'}},
  outputs: {
    dataset: {media: 'dataset', summary: 'the images as networks see them'},
    transform: {media: 'transform', summary: 'the transform that was applied, and its inverse'},
  },
  facts,
  check,
});
