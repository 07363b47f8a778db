import {defineContract} from '../../src/contract/contract.ts';
import {media} from '../shared/media.ts';
import {shownName} from '../shared/parameters.ts';
import {check} from './check.ts';
import {facts, reads} from './facts.ts';

/** What else people call data of their own, after torchvision, Keras and Hugging Face. */
const own = '"images", with the folder as source';
const ownCopy = '"images", with a copy of yours as source';

export const contract = defineContract({
  type: 'download',
  version: 4,
  summary: 'Gets a data set, by name or from your own pictures, and checks that it is complete.',
  media,
  params: {
    dataset: {
      enum: [
        'mnist',
        'fashion-mnist',
        'cifar10',
        'cifar100',
        'svhn',
        'svhn-extra',
        'tiny-imagenet',
        'imagenette',
        'imagewoof',
        'imagenet',
        'images',
      ],
      meanings: {
        imagefolder: own,
        folder: own,
        datasetfolder: own,
        image: own,
        pictures: own,
        directory: own,
        custom: own,
        own,
        local: own,
        npz: '"images", with the file as the input archive',
        numpy: '"images", with the file as the input archive',
        csv: '"images", with the file as the input archive',
        parquet: '"images", with the file as the input archive',
        huggingface: '"images", with a folder of its Parquet files as source',
        stl10: ownCopy,
        kmnist: ownCopy,
        emnist: ownCopy,
        celeba: ownCopy,
        caltech101: ownCopy,
        flowers102: ownCopy,
        food101: ownCopy,
      },
      description:
        'The data set. imagenet: classes of ILSVRC 2012 from a folder of yours. images: data of your own, told by what is there: a folder of pictures or an archive of one (<class>/<picture>, or train/<class>/<picture> and test/<class>/<picture>, or metadata.csv or .jsonl with file_name and label), arrays of NumPy (.npy, .npz), Parquet or CSV.',
    },
    source: {
      anyOf: [
        {type: 'string', minLength: 1},
        {type: 'array', items: {type: 'string', minLength: 1}},
      ],
      description:
        'Where to get the data set instead of the usual places: URLs that begin with https:, file: or npm:, tried in order. An empty list is the same as none. For a named data set: the folder with its files, whose checksums stay the same. For imagenet: the folder with train and val. For images: the folder, the archive (tar, tar.gz or zip) or the file. Of images, the key covers the names, sizes and times of the files of a file: source; of other sources only their names: set digest if their content may change.',
      optional: true,
    },
    classes: {
      anyOf: [
        {
          enum: [
            'imagenette',
            'imagewoof',
            'imagemeow',
            'imagesquawk',
            'imagefruit',
            'imageyellow',
          ],
        },
        {
          type: 'array',
          items: {
            anyOf: [
              {type: 'string', minLength: 1},
              {type: 'integer', minimum: 0},
            ],
          },
          minItems: 2,
        },
      ],
      description:
        'The classes by label. imagenet: a subset of the paper, or folders (n01440764) and indices (0 … 999). images: the folders of classes, or the labels. Default: all, in the order of their names.',
      optional: true,
    },
    name: {
      ...shownName,
      description:
        'images and imagenet: the name of the data set in tables, other than the names that download knows. Default: images, or the subset.',
      optional: true,
    },
    resolution: {
      type: 'integer',
      minimum: 1,
      maximum: 4096,
      description:
        'The side to which pictures are resized, in pixels. Default: 128 for imagenette, imagewoof and imagenet; images keeps the size of its pictures.',
      optional: true,
    },
    resize: {
      enum: ['stretch', 'crop'],
      description:
        'stretch: resize both sides, as the paper did. crop: resize the shorter side, with antialiasing, and cut out the middle.',
      default: 'stretch',
    },
    heldOut: {
      type: 'integer',
      minimum: 0,
      description:
        'The number of training images to hold out for choosing among results, equally many of each class. Nothing is trained on them.',
      default: 0,
    },
    testShare: {
      type: 'number',
      description:
        'images only: the share of the pictures of each class that become test images, where there is no test split.',
      exclusiveMinimum: 0,
      exclusiveMaximum: 1,
      optional: true,
    },
    digest: {
      type: 'string',
      pattern: '^[0-9a-f]{64}$',
      expected: '64 hex digits, 0-9 and a-f',
      description:
        'The expected digest of images and labels, from the log or the record of an earlier run.',
      optional: true,
    },
  },
  inputs: {
    archive: {
      media: 'file',
      summary:
        'images only: an archive of pictures, or a file of arrays or a table, instead of a source',
      optional: true,
    },
  },
  outputs: {dataset: {media: 'dataset', summary: 'raw pixels, labels, splits'}},
  facts,
  reads,
  check,
});
