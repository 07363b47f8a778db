/** ResNet18 for small images: a 3×3 stem, four stages of two basic blocks, and one linear layer. */
import * as ops from '../../tensor/ops.ts';
import {chain, pure, sequential, type Layer} from './layer.ts';
import {avgPool, conv, flatten, linear, relu} from './layers.ts';
import {normalization, type Normalization} from './normalization.ts';

interface ResNetOptions {
  readonly norm: Normalization;
  /** How a block halves the image: by the stride of its convolution, or by average pooling after it. */
  readonly downsample: 'stride' | 'pool';
}

const stages = [
  {width: 64, stride: 1},
  {width: 128, stride: 2},
  {width: 256, stride: 2},
  {width: 512, stride: 2},
] as const;

function resNet18({
  norm,
  downsample,
}: ResNetOptions): (shape: {channels: number; classes: number}) => Layer {
  return ({channels, classes}) =>
    chain([
      ['conv1', conv(64, 3, {pad: channels === 1 ? 3 : 1, bias: 'none'})],
      ['bn1', normalization(norm)],
      ['relu', relu],
      ...stages.map(({width, stride}, i): readonly [string, Layer] => [
        `layer${i + 1}`,
        sequential([
          basicBlock(width, stride, {norm, downsample}),
          basicBlock(width, 1, {norm, downsample}),
        ]),
      ]),
      ...(downsample === 'stride' ? [['pool', globalAverage] as const] : []),
      ['flatten', flatten],
      ['classifier', linear(classes)],
    ]);
}

/** relu(conv–norm–relu–conv–norm(x) + shortcut(x)) */
function basicBlock(width: number, stride: number, {norm, downsample}: ResNetOptions): Layer {
  const step = downsample === 'stride' ? stride : 1;
  const pools = downsample === 'pool' && stride !== 1;
  return (input, name) => {
    const main = chain([
      ['conv1', conv(width, 3, {stride: step, pad: 1, bias: 'none'})],
      ['bn1', normalization(norm)],
      ['relu', relu],
      ...(pools ? [['pool', avgPool(stride)] as const] : []),
      ['conv2', conv(width, 3, {pad: 1, bias: 'none'})],
      ['bn2', normalization(norm)],
    ])(input, name);
    const changes = stride !== 1 || input[2] !== width;
    const shortcut = sequential(
      changes
        ? [
            conv(width, 1, {stride: step, bias: 'none'}),
            ...(pools ? [avgPool(stride)] : []),
            normalization(norm),
          ]
        : [],
    )(input, `${name}.shortcut`);
    const after = relu(main.output, name);
    return {
      output: main.output,
      params: [...main.params, ...shortcut.params],
      statistics: [...main.statistics, ...shortcut.statistics],
      apply: (pass, x) => {
        const straight = main.apply(pass, x);
        return after.apply(pass, ops.add(straight, shortcut.apply(pass, x)));
      },
    };
  };
}

/** A 4×4 average pooling in the official network: all that is left of a 32×32 image. */
const globalAverage = pure(
  ([h, w, c]) => [Math.floor(h! / 4), Math.floor(w! / 4), c!],
  (x) => ops.avgPool(x, 4),
);

export const resNets = {
  ResNet18: resNet18({norm: 'instance', downsample: 'stride'}),
  ResNet18BN: resNet18({norm: 'batch', downsample: 'stride'}),
  ResNet18_AP: resNet18({norm: 'instance', downsample: 'pool'}),
  ResNet18BN_AP: resNet18({norm: 'batch', downsample: 'pool'}),
};
