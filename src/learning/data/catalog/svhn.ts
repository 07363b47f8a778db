import type {SourceFile} from '../../../fetch/source-file.ts';
import type {CatalogEntry} from './entry.ts';

const train: SourceFile = {
  name: 'train_32x32.mat',
  digests: [
    '435e94d69a87fde4fd4d7f3dd208dfc32cb6ae8af2240d066de1df7508d083b8',
    'e26dedcc434d2e4c54c9b2d4a06d8373',
  ],
  sizeBytes: 182_040_794,
};

const extra: SourceFile = {
  name: 'extra_32x32.mat',
  digests: [
    'a133a4beb38a00fcdda90c9489e0c04f900b660ce8a316a5e854838379a71eb3',
    'a93ce644f1a588dc4d68dda5feec44a7',
  ],
  sizeBytes: 1_329_278_602,
};

const test: SourceFile = {
  name: 'test_32x32.mat',
  digests: [
    'cdce80dfb2a2c4c6160906d0bd7c68ec5a99d7ca4831afa54f09182025b6a75b',
    'eb5a983be6a315427106f1b164d9cef3',
  ],
  sizeBytes: 64_275_384,
};

/**
 * Netzer and others: house numbers seen from the street, one digit per image. Statistics as dataset condensation has
 * them.
 */
export const svhn: CatalogEntry = {
  name: 'svhn',
  shape: {height: 32, width: 32, channels: 3},
  classes: ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'],
  counts: {train: 73_257, test: 26_032},
  mean: [0.4377, 0.4438, 0.4728],
  std: [0.198, 0.201, 0.197],
  bases: ['https://ufldl.stanford.edu/housenumbers', 'http://ufldl.stanford.edu/housenumbers'],
  files: {kind: 'matlab', train: [train], test},
};

/** SVHN with its additional, easier training images. */
export const svhnExtra: CatalogEntry = {
  ...svhn,
  name: 'svhn-extra',
  counts: {train: 73_257 + 531_131, test: 26_032},
  files: {kind: 'matlab', train: [train, extra], test},
};
