/** ResNet: a stem, four stages of residual blocks, and one linear layer. */
import * as ops from '../../../tensor/ops.ts';
import type {Architecture, Architectures} from '../architecture.ts';
import {chain, sequential, type Layer} from '../layer.ts';
import {avgPool, conv, flatten, globalAvgPool, linear, relu} from '../layers.ts';
import {normalization, type Normalization} from '../normalization.ts';
import {overlappingMaxPool} from '../overlapping-max-pool.ts';

interface ResNetOptions {
  /** Blocks in each stage. */
  readonly depths: readonly [number, number, number, number];
  readonly block: 'basic' | 'bottleneck';
  readonly norm: Normalization;
  /** How a block halves the image: by the stride of its convolution, or by average pooling after it. */
  readonly downsample: 'stride' | 'pool';
  /** `small`: a 3×3 convolution; `large`: 7×7 and a pooling, which reduce the image to a quarter. */
  readonly stem: 'small' | 'large';
  /** The classifier's input: means of 4×4 blocks, means of whole channels, or every pixel. */
  readonly head: 'blocks' | 'means' | 'pixels';
}

const resNet18: ResNetOptions = {
  depths: [2, 2, 2, 2],
  block: 'basic',
  norm: 'instance',
  downsample: 'stride',
  stem: 'small',
  head: 'blocks',
};

/** Filters of each stage; every stage but the first halves the image. */
const stageWidths = [64, 128, 256, 512] as const;

function resNet(given: Partial<ResNetOptions>): Architecture {
  const options = {...resNet18, ...given};
  const {depths, norm, stem, head} = options;
  const stage = (depth: number, i: number): Layer =>
    sequential(
      Array.from({length: depth}, (_, j) =>
        residualBlock(stageWidths[i]!, i > 0 && j === 0 ? 2 : 1, options),
      ),
    );
  return ({classes}) =>
    chain([
      // Images of a single channel are not padded further: the official ResNets take digits at 28×28.
      ['conv1', stems[stem]],
      ['bn1', normalization(norm)],
      ['relu', relu],
      ...(stem === 'large' ? [['maxpool', overlappingMaxPool] as const] : []),
      ...depths.map((depth, i) => [`layer${i + 1}`, stage(depth, i)] as const),
      ...heads[head],
      ['flatten', flatten],
      ['classifier', linear(classes)],
    ]);
}

const stems = {
  small: conv(64, 3, {pad: 1, bias: 'none'}),
  large: conv(64, 7, {stride: 2, pad: 3, bias: 'none'}),
} as const;

const heads: Readonly<Record<ResNetOptions['head'], readonly (readonly [string, Layer])[]>> = {
  blocks: [['pool', avgPool(4)]],
  means: [['avgpool', globalAvgPool]],
  pixels: [],
};

/** relu(main(x) + shortcut(x)) */
function residualBlock(width: number, stride: number, options: ResNetOptions): Layer {
  const {block, norm, downsample} = options;
  const outputs = block === 'basic' ? width : 4 * width;
  const step = downsample === 'stride' ? stride : 1;
  const pools = downsample === 'pool' && stride !== 1;
  return (input, name) => {
    const main = chain(mainPath[block](width, {norm, step, pools}))(input, name);
    const changes = stride !== 1 || input[2] !== outputs;
    const shortcut = sequential(
      changes
        ? [
            conv(outputs, 1, {stride: step, bias: 'none'}),
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

interface PathOptions {
  readonly norm: Normalization;
  /** Stride of the 3×3 convolution that may halve the image. */
  readonly step: number;
  /** Whether average pooling halves it instead. */
  readonly pools: boolean;
}

type Path = readonly (readonly [name: string, layer: Layer])[];

const mainPath: Readonly<
  Record<ResNetOptions['block'], (width: number, options: PathOptions) => Path>
> = {
  basic: (width, {norm, step, pools}) => [
    ['conv1', conv(width, 3, {stride: step, pad: 1, bias: 'none'})],
    ['bn1', normalization(norm)],
    ['relu', relu],
    ...(pools ? [['pool', avgPool(2)] as const] : []),
    ['conv2', conv(width, 3, {pad: 1, bias: 'none'})],
    ['bn2', normalization(norm)],
  ],
  bottleneck: (width, {norm, step, pools}) => [
    ['conv1', conv(width, 1, {bias: 'none'})],
    ['bn1', normalization(norm)],
    ['relu1', relu],
    ['conv2', conv(width, 3, {stride: step, pad: 1, bias: 'none'})],
    ['bn2', normalization(norm)],
    ['relu2', relu],
    ...(pools ? [['pool', avgPool(2)] as const] : []),
    ['conv3', conv(4 * width, 1, {bias: 'none'})],
    ['bn3', normalization(norm)],
  ],
};

const pooled = {downsample: 'pool', head: 'pixels'} as const;
const large = {stem: 'large', head: 'means'} as const;
const bottleneck = {block: 'bottleneck'} as const;

export const architectures: Architectures = {
  ResNet18: resNet({}),
  ResNet18BN: resNet({norm: 'batch'}),
  ResNet18_AP: resNet(pooled),
  ResNet18BN_AP: resNet({...pooled, norm: 'batch'}),
  ResNet34: resNet({depths: [3, 4, 6, 3]}),
  ResNet50: resNet({...bottleneck, depths: [3, 4, 6, 3]}),
  ResNet101: resNet({...bottleneck, depths: [3, 4, 23, 3]}),
  ResNet152: resNet({...bottleneck, depths: [3, 8, 36, 3]}),
  ResNet18ImageNet: resNet(large),
  ResNet6ImageNet: resNet({...large, depths: [1, 1, 1, 1]}),
};
