/** Parameters that several stage types have in common. */
import {Type} from 'typebox';

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

export const network = Type.Enum(networkNames, {
  description:
    'The network, by its official name; ConvNetD2W16 is a ConvNet of depth 2 and width 16.',
});

const operation = '(color|crop|cutout|flip|scale|rotate)';

/** Which differentiable augmentations. */
export const augmentation = Type.String({
  description:
    'Differentiable augmentations joined by _, of which one is drawn for each batch: color, crop, cutout, flip, scale, rotate. Or none.',
  pattern: `^(none|${operation}(_${operation})*)$`,
  default: 'color_crop_cutout_flip_scale_rotate',
});

export const seed = Type.Integer({description: 'Addresses all random draws.', default: 0});

/** Only so many test images. */
export const testImages = Type.Optional(
  Type.Integer({
    description: 'Try networks on only so many test images, the first ones. All by default.',
    minimum: 1,
  }),
);
