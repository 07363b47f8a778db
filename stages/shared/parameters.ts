/** Parameters that several stage types share. */
import {visiblePattern} from '../../src/contract/param.ts';
import {networkNames} from './network-names.ts';

/** A name for display, also in tables. */
export const shownName = {type: 'string', minLength: 1, pattern: visiblePattern} as const;

/** The name of a network. */
export const network = {
  enum: networkNames,
  expected:
    'a network: ConvNet, ConvNetD1 … D8 (depth), ConvNetW8 … W1024 (width), both as in ConvNetD3W64, ConvNetBN and other variants, ResNet18 …, VGG11 …, AlexNet, LeNet, MLP',
  description:
    'The network, by its official name; ConvNetD2W16 is a ConvNet of depth 2 and width 16.',
} as const;

const operation = '(color|crop|cutout|flip|scale|rotate)';
const dsaWords = ['color', 'crop', 'cutout', 'flip', 'scale', 'rotate'];
const strategy = `none|${operation}(_${operation})*`;
const officialStrategy = 'color_crop_cutout_flip_scale_rotate';

/** Differentiable augmentations, which students can use. */
export const augmentation = {
  type: 'string',
  description:
    'Differentiable augmentations (DSA) joined by _: color, crop, cutout, flip, scale, rotate. Or none.',
  pattern: `^(${strategy})$`,
  expected: `none, or parts joined by _: ${dsaWords.join(', ')}`,
  words: ['none', ...dsaWords],
  default: officialStrategy,
} as const;

const dcOperation = '(crop|scale|rotate|noise)';

/** Augmentations for a network that is only trained, on real or on synthetic images. */
export const trainingAugmentation = {
  type: 'string',
  description:
    'Differentiable augmentations (DSA) joined by _: color, crop, cutout, flip, scale, rotate. Or none. Or, after dc:, those of the older DC pipeline, of which one is drawn for each image: crop, scale, rotate, noise; the official one is dc:crop_scale_rotate.',
  pattern: `^(${strategy}|dc:${dcOperation}(_${dcOperation})*)$`,
  expected: `none, or parts joined by _: ${dsaWords.join(', ')}; or, after dc:, crop, scale, rotate, noise`,
  words: ['none', 'dc', 'noise', ...dsaWords],
  default: officialStrategy,
} as const;

/** How differentiable augmentations are combined. */
export const augmentationMode = {
  enum: ['S', 'M'],
  description:
    'S: one differentiable augmentation is drawn for each batch. M: all are applied, in order.',
  default: 'S',
} as const;

/** Whether all images of a batch share one draw. */
export const siamese = {
  type: 'boolean',
  description: 'All images of a batch share the random draws of a differentiable augmentation.',
  default: false,
} as const;

export const seed = {
  type: 'integer',
  description: 'Seed of all random draws.',
  default: 0,
} as const;

/** Limit of the number of test images. */
export const testImages = {
  type: 'integer',
  description:
    'Evaluate networks on at most this many test images, evenly spaced among all. Default: all.',
  minimum: 1,
  optional: true,
} as const;

/** The epoch after which experts label images. */
export const teacherEpoch = {
  type: 'integer',
  description: 'The epoch after which the experts are asked; 0 is the start. Default: the last.',
  minimum: 0,
  optional: true,
} as const;

/** The number of experts that label images. */
export const teacherExperts = {
  anyOf: [
    {type: 'integer', description: 'the first of them', minimum: 1},
    {const: 'all', description: 'all of them'},
  ],
  description: 'The number of experts whose logits are averaged.',
  default: 1,
} as const;

/** The divisor of the logits that label images. */
export const teacherTemperature = {
  type: 'number',
  description:
    'Divide the logits by this: more than 1 makes labels softer, less makes them harder.',
  exclusiveMinimum: 0,
  default: 1,
} as const;
