import type {SourceFile} from '../../../fetch/source-file.ts';
import type {CatalogEntry, Statistics} from './entry.ts';

/** The usual statistics of ImageNet and its subsets. */
export const imagenetStatistics: Statistics = {
  mean: [0.485, 0.456, 0.406],
  std: [0.229, 0.224, 0.225],
};

/** Size of the resized pictures of ILSVRC 2012, unless another is requested. */
export const imagenetShape = {height: 128, width: 128, channels: 3};

/** The number of pictures of a class of ILSVRC 2012: 732 … 1300 for training, 50 for validation. */
export const imagenetCounts = {train: {min: 732, max: 1300}, test: {min: 50, max: 50}};

/** A class of ILSVRC 2012: its folder, which is its WordNet id, and a readable name. */
export type ImagenetClass = readonly [folder: string, name: string];

/** The subsets of the MTT paper: their classes by label, in the order of the official program. */
export const imagenetSubsets: ReadonlyMap<string, readonly ImagenetClass[]> = new Map<
  string,
  readonly ImagenetClass[]
>([
  [
    'imagenette',
    [
      ['n01440764', 'tench'],
      ['n02102040', 'English springer'],
      ['n02979186', 'cassette player'],
      ['n03000684', 'chain saw'],
      ['n03028079', 'church'],
      ['n03394916', 'French horn'],
      ['n03417042', 'garbage truck'],
      ['n03425413', 'gas pump'],
      ['n03445777', 'golf ball'],
      ['n03888257', 'parachute'],
    ],
  ],
  [
    'imagewoof',
    [
      ['n02096294', 'Australian terrier'],
      ['n02093754', 'Border terrier'],
      ['n02111889', 'Samoyed'],
      ['n02088364', 'beagle'],
      ['n02086240', 'Shih-Tzu'],
      ['n02089973', 'English foxhound'],
      ['n02087394', 'Rhodesian ridgeback'],
      ['n02115641', 'dingo'],
      ['n02099601', 'golden retriever'],
      ['n02105641', 'Old English sheepdog'],
    ],
  ],
  [
    'imagemeow',
    [
      ['n02123045', 'tabby'],
      ['n02123159', 'tiger cat'],
      ['n02123394', 'Persian'],
      ['n02123597', 'Siamese'],
      ['n02124075', 'Egyptian cat'],
      ['n02129165', 'lion'],
      ['n02129604', 'tiger'],
      ['n02128925', 'jaguar'],
      ['n02128757', 'snow leopard'],
      ['n02127052', 'lynx'],
    ],
  ],
  [
    'imagesquawk',
    [
      ['n01806143', 'peacock'],
      ['n02007558', 'flamingo'],
      ['n01818515', 'macaw'],
      ['n02051845', 'pelican'],
      ['n02056570', 'king penguin'],
      ['n01614925', 'bald eagle'],
      ['n01843383', 'toucan'],
      ['n01518878', 'ostrich'],
      ['n01860187', 'black swan'],
      ['n01819313', 'cockatoo'],
    ],
  ],
  [
    'imagefruit',
    [
      ['n07753275', 'pineapple'],
      ['n07753592', 'banana'],
      ['n07745940', 'strawberry'],
      ['n07747607', 'orange'],
      ['n07749582', 'lemon'],
      ['n07768694', 'pomegranate'],
      ['n07753113', 'fig'],
      ['n07720875', 'bell pepper'],
      ['n07718472', 'cucumber'],
      ['n07742313', 'Granny Smith'],
    ],
  ],
  [
    'imageyellow',
    [
      ['n02206856', 'bee'],
      ['n12057211', "lady's slipper"],
      ['n07753592', 'banana'],
      ['n07749582', 'lemon'],
      ['n12144580', 'corn'],
      ['n04146614', 'school bus'],
      ['n03530642', 'honeycomb'],
      ['n02129165', 'lion'],
      ['n01773157', 'garden spider'],
      ['n01531178', 'goldfinch'],
    ],
  ],
]);

/**
 * The first version of fastai's Imagenette, with ILSVRC's own division into training and validation pictures, as the
 * paper used it. The second version divides differently.
 */
export const imagenette: CatalogEntry = {
  ...subsetEntry('imagenette'),
  counts: {train: 12_894, test: 500},
  files: {
    ...pictureFiles('imagenette'),
    archives: [
      {
        shortSide: 160,
        file: {
          name: 'imagenette-160.tgz',
          digests: ['4bacf19aa3f2454e330ac366c98ac1e470ccc6bebca8ff63ecc7f339cb2ead11'],
          sizeBytes: 98_752_094,
        },
      },
      {
        shortSide: 320,
        file: {
          name: 'imagenette-320.tgz',
          digests: ['0e3ac85d7f3fd0a63d5e27d85c68511be9ac4dae260345b6f7434a0d4fa24b3f'],
          sizeBytes: 341_289_752,
        },
      },
    ],
  },
};

/** The first version of fastai's Imagewoof. No checksum of it was ever published, so its pictures are counted. */
export const imagewoof: CatalogEntry = {
  ...subsetEntry('imagewoof'),
  counts: {train: 12_454, test: 500},
  files: {
    ...pictureFiles('imagewoof'),
    archives: [
      {shortSide: 160, file: unchecked('imagewoof-160.tgz')},
      {shortSide: 320, file: unchecked('imagewoof-320.tgz')},
    ],
  },
};

function subsetEntry(name: string): Omit<CatalogEntry, 'counts' | 'files'> {
  return {
    name,
    shape: imagenetShape,
    classes: imagenetSubsets.get(name)!.map(([, title]) => title),
    ...imagenetStatistics,
    bases: ['https://s3.amazonaws.com/fast-ai-imageclas'],
  };
}

function pictureFiles(name: string): {
  kind: 'pictures';
  layout: 'folders';
  resized: true;
  folders: readonly string[];
} {
  const folders = imagenetSubsets.get(name)!.map(([folder]) => folder);
  return {kind: 'pictures', layout: 'folders', resized: true, folders};
}

function unchecked(name: string): SourceFile {
  return {name, digests: []};
}
