import {defineContract} from '../../src/contract/contract.ts';
import {media} from '../shared/media.ts';
import {shownName} from '../shared/parameters.ts';
import {check} from './check.ts';
import {facts} from './facts.ts';

export const contract = defineContract({
  type: 'download',
  version: 3,
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
      description:
        'The data set. imagenet: classes of ILSVRC 2012 from a folder of yours. images: any folder of pictures, or an archive of one, with train/<class>/<picture> and test/<class>/<picture>.',
    },
    source: {
      anyOf: [
        {type: 'string', minLength: 1},
        {type: 'array', items: {type: 'string', minLength: 1}},
      ],
      description:
        'Where to get the data set instead of the usual places: URLs that begin with https:, file: or npm:, tried in order. An empty list is the same as none. For a named data set: the folder with its files, whose checksums stay the same. For imagenet: the folder with train and val. For images: the folder or the archive (tar, tar.gz or zip). The key covers only the name of a source: set digest if its content may change.',
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
        'The classes by label. imagenet: a subset of the paper, or folders (n01440764) and indices (0 … 999). images: the folders of classes. Default: all, in the order of their names.',
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
      summary: 'images only: an archive of pictures, instead of a source',
      optional: true,
    },
  },
  outputs: {dataset: {media: 'dataset', summary: 'raw pixels, labels, splits'}},
  facts,
  check,
});
