import type {SourceFile, SourceFiles} from '../../../fetch/source-file.ts';
import type {ImageShape} from '../dataset.ts';

/** IDX files, as MNIST has them. */
export interface IdxFiles {
  readonly kind: 'idx';
  readonly trainImages: SourceFiles;
  readonly trainLabels: SourceFiles;
  readonly testImages: SourceFiles;
  readonly testLabels: SourceFiles;
}

/** An archive of the binary version of CIFAR. */
export interface CifarFiles {
  readonly kind: 'cifar';
  readonly archive: SourceFile;
  /** So many labels stand before each image: the last one counts. */
  readonly labelBytes: number;
  /** Names of the archive's files, without folders. */
  readonly train: readonly string[];
  readonly test: readonly string[];
}

/** MATLAB files with `X` and `y`, as SVHN has them. The training images are those of all files of `train`, in order. */
export interface MatlabFiles {
  readonly kind: 'matlab';
  readonly train: readonly SourceFile[];
  readonly test: SourceFile;
}

/** Archives of pictures: the first in which pictures are at least as large as is asked for. */
export interface PictureFiles {
  readonly kind: 'pictures';
  /** `folders`: split/class/picture. `tiny-imagenet`: its test split is called `val`, and has an index instead of folders. */
  readonly layout: 'folders' | 'tiny-imagenet';
  readonly archives: readonly {readonly shortSide: number; readonly file: SourceFile}[];
  /** The folders of the classes, by label; absent: all there are, by name. */
  readonly folders?: readonly string[];
  /** Pictures are of many sizes and become squares of the entry's size, unless another is asked for. */
  readonly resized: boolean;
}

/** Published statistics of training pixels in [0, 1], a number a channel. */
export interface Statistics {
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

/** A data set that is known by name. */
export interface CatalogEntry extends Statistics {
  readonly name: string;
  readonly shape: ImageShape;
  /** Names by label; a number where they are the names of that many folders, in order. */
  readonly classes: readonly string[] | number;
  readonly counts: {readonly train: number; readonly test: number};
  /** Where its files are unless said otherwise, tried in order: `npm:`, `file:`, `https:` or `http:` URLs. */
  readonly bases: readonly string[];
  readonly files: IdxFiles | CifarFiles | MatlabFiles | PictureFiles;
}
