/** Parameters that several stage types have in common. */

const depths = [1, 2, 3, 4, 5, 6, 7, 8].map((depth) => `D${depth}`);
const widths = [8, 16, 32, 64, 128, 256, 512, 1024].map((width) => `W${width}`);
const variants = ['KIP', 'AS', 'AR', 'AL', 'NN', 'BN', 'LN', 'IN', 'GN', 'NP', 'MP', 'AP'];

/** The networks that can be named; a test keeps the list equal to the library's. */
export const networkNames = [
  'ConvNet',
  ...depths.map((depth) => `ConvNet${depth}`),
  ...widths.map((width) => `ConvNet${width}`),
  ...depths.flatMap((depth) => widths.map((width) => `ConvNet${depth}${width}`)),
  ...variants.map((variant) => `ConvNet${variant}`),
  'MLP',
  'LeNet',
  'AlexNet',
  'VGG11',
  'VGG11BN',
  'ResNet18',
  'ResNet18BN',
  'ResNet18_AP',
  'ResNet18BN_AP',
];

export const network = {
  enum: networkNames,
  description:
    'The network, by its official name; ConvNetD2W16 is a ConvNet of depth 2 and width 16.',
} as const;

const operation = '(color|crop|cutout|flip|scale|rotate)';

/** Which differentiable augmentations. */
export const augmentation = {
  type: 'string',
  description:
    'Differentiable augmentations joined by _, of which one is drawn for each batch: color, crop, cutout, flip, scale, rotate. Or none.',
  pattern: `^(none|${operation}(_${operation})*)$`,
  default: 'color_crop_cutout_flip_scale_rotate',
} as const;

export const seed = {
  type: 'integer',
  description: 'Addresses all random draws.',
  default: 0,
} as const;

/** Only so many test images. */
export const testImages = {
  type: 'integer',
  description: 'Try networks on only so many test images, the first ones. All by default.',
  minimum: 1,
  optional: true,
} as const;
