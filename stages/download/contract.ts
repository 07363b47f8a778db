import {defineContract} from '../../src/contract/contract.ts';
import {shownName} from '../parameters.ts';

export const contract = defineContract({
  type: 'download',
  version: 3,
  summary: 'Gets a data set, by name or from pictures of your own, and checks that it is whole.',
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
        'Where to take it from instead of the usual places: URLs that begin with https:, file: or npm:, tried in order; none is as good as no list. Of a data set with a name, the folder that has its files, whose checksums stay the same; of imagenet, the folder with train and val; of images, the folder or the archive (tar, tar.gz or zip). A source counts by its name: set digest where what is there may change.',
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
        'The classes by label. imagenet: a subset of the paper, or folders (n01440764) and indices (0 … 999). images: the folders of classes; all, in the order of their names, where it is left out.',
      optional: true,
    },
    name: {
      ...shownName,
      description:
        'images and imagenet: what tables call the data set, which is not the name of another that is known here. By default images, or the subset.',
      optional: true,
    },
    resolution: {
      type: 'integer',
      minimum: 1,
      maximum: 4096,
      description:
        'The side in pixels that pictures are brought to: 128 for imagenette, imagewoof and imagenet unless given. Pictures of images stay as they are unless it is given.',
      optional: true,
    },
    resize: {
      enum: ['stretch', 'crop'],
      description:
        'stretch: both sides are forced, as the paper did. crop: the shorter side is brought to size, with antialiasing, and the middle is cut out.',
      default: 'stretch',
    },
    heldOut: {
      type: 'integer',
      minimum: 0,
      description:
        'So many training images, equally many of each class, are set aside for choosing among results: nothing is trained on them.',
      default: 0,
    },
    digest: {
      type: 'string',
      pattern: '^[0-9a-f]{64}$',
      description:
        'The digest of images and labels that must be found, as the log and the record of an earlier run say it.',
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
});
