import type {CatalogEntry} from './entry.ts';
import {imagenetStatistics} from './imagenet.ts';

/** Stanford's course cs231n: 200 classes of ImageNet. The official validation split is the test split, as is usual. */
export const tinyImagenet: CatalogEntry = {
  name: 'tiny-imagenet',
  shape: {height: 64, width: 64, channels: 3},
  classes: 200,
  counts: {train: 100_000, test: 10_000},
  ...imagenetStatistics,
  bases: ['https://cs231n.stanford.edu', 'http://cs231n.stanford.edu'],
  files: {
    kind: 'pictures',
    layout: 'tiny-imagenet',
    resized: false,
    archives: [
      {
        shortSide: 64,
        file: {
          name: 'tiny-imagenet-200.zip',
          digests: [
            '6198c8ae015e2b3e007c7841da39ec069199b9aa3bfa943a462022fe5e43c821',
            '90528d7ca1a48142e341f4ef8d21d0de',
          ],
          sizeBytes: 248_100_043,
        },
      },
    ],
  },
};
