import type {SourceFile, SourceFiles} from '../../../fetch/source-file.ts';
import type {ImageShape} from '../dataset.ts';

/** IDX files, the format of MNIST. */
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
  /** Number of labels before each image; only the last one is used. */
  readonly labelBytes: number;
  /** Names of the archive's files, without folders. */
  readonly train: readonly string[];
  readonly test: readonly string[];
}

/**
 * MATLAB files with `X` and `y`, the format of SVHN. The training images are those of all files of `train`, in order.
 */
export interface MatlabFiles {
  readonly kind: 'matlab';
  readonly train: readonly SourceFile[];
  readonly test: SourceFile;
}

/** Archives of pictures. The first one whose pictures are at least as large as requested is used. */
export interface PictureFiles {
  readonly kind: 'pictures';
  /**
   * `folders`: split/class/picture. `tiny-imagenet`: the test split is called `val`, and has an index instead of
   * folders.
   */
  readonly layout: 'folders' | 'tiny-imagenet';
  readonly archives: readonly {readonly shortSide: number; readonly file: SourceFile}[];
  /** The folders of the classes, by label; absent: all folders, sorted by name. */
  readonly folders?: readonly string[];
  /** Whether pictures of different sizes are resized to squares, of the entry's size unless another is requested. */
  readonly resized: boolean;
}

/** Published statistics of training pixels in [0, 1], one number per channel. */
export interface Statistics {
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

/** A data set that is known by name. */
export interface CatalogEntry extends Statistics {
  readonly name: string;
  readonly shape: ImageShape;
  /** Names by label; or the number of folders, if their names in order are the classes. */
  readonly classes: readonly string[] | number;
  readonly counts: {readonly train: number; readonly test: number};
  /** Default places of its files, tried in order: `npm:`, `file:`, `https:` or `http:` URLs. */
  readonly bases: readonly string[];
  readonly files: IdxFiles | CifarFiles | MatlabFiles | PictureFiles;
}
