/** VGG11 for small images: eight 3×3 convolutions, each normalised, and one linear layer. */
import {chain, sequential, type Layer} from './layer.ts';
import {conv, flatten, linear, maxPool, relu} from './layers.ts';
import {normalization, type Normalization} from './normalization.ts';

/** Filters of each convolution; `pool` halves the image. */
const vgg11 = [
  64,
  'pool',
  128,
  'pool',
  256,
  256,
  'pool',
  512,
  512,
  'pool',
  512,
  512,
  'pool',
] as const;

function vgg(norm: Normalization): (shape: {channels: number; classes: number}) => Layer {
  return ({channels, classes}) => {
    const features = vgg11.flatMap((width, i): readonly Layer[] =>
      width === 'pool'
        ? [maxPool(2)]
        : [
            conv(width, 3, {
              pad: i === 0 && channels === 1 ? 3 : 1,
              bias: norm === 'instance' ? 'absorbed' : 'added',
            }),
            normalization(norm),
            relu,
          ],
    );
    return chain([
      ['features', sequential(features)],
      ['flatten', flatten],
      ['classifier', linear(classes)],
    ]);
  };
}

export const vggs = {VGG11: vgg('instance'), VGG11BN: vgg('batch')};
