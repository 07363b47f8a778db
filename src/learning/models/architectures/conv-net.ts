/** The ConvNet family: blocks of convolution, normalisation, activation and pooling, then a linear classifier. */
import type {Architecture, Architectures} from '../architecture.ts';
import {chain, sequential, type Layer} from '../layer.ts';
import {
  avgPool,
  conv,
  flatten,
  globalAvgPool,
  identity,
  leakyRelu,
  linear,
  maxPool,
  relu,
  sigmoid,
} from '../layers.ts';
import {normalization, type Normalization} from '../normalization.ts';

interface ConvNetOptions {
  /** Filters of each convolution. */
  readonly width: number;
  /** Number of blocks; each pooling halves the image. */
  readonly depth: number;
  readonly activation: 'relu' | 'sigmoid' | 'leaky-relu';
  readonly norm: Normalization;
  readonly pool: 'avg' | 'max' | 'none';
  /** The classifier's input: every pixel, or the mean of each channel. */
  readonly head: 'pixels' | 'means';
}

/** ConvNetD3, the paper's network for 32×32 images. */
const defaults: ConvNetOptions = {
  width: 128,
  depth: 3,
  activation: 'relu',
  norm: 'instance',
  pool: 'avg',
  head: 'pixels',
};

const activations = {relu, sigmoid, 'leaky-relu': leakyRelu} as const;
const pools = {avg: avgPool(2), max: maxPool(2), none: identity} as const;

function convNet(options: Partial<ConvNetOptions>): Architecture {
  const {width, depth, activation, norm, pool, head} = {...defaults, ...options};
  return ({channels, classes}) => {
    const block = (d: number): readonly Layer[] => [
      // A single channel means 28×28 digits: a padding of 3 in the first layer makes them 32×32.
      conv(width, 3, {
        pad: d === 0 && channels === 1 ? 3 : 1,
        bias: norm === 'instance' ? 'absorbed' : 'added',
      }),
      ...(norm === 'none' ? [] : [normalization(norm)]),
      activations[activation],
      ...(pool === 'none' ? [] : [pools[pool]]),
    ];
    const features = Array.from({length: depth}, (_, d) => block(d)).flat();
    return chain([
      ['features', sequential(features)],
      ...(head === 'means' ? [['avgpool', globalAvgPool] as const] : []),
      ['flatten', flatten],
      ['classifier', linear(classes)],
    ]);
  };
}

const depths = [1, 2, 3, 4, 5, 6, 7, 8];
const widths = [8, 16, 32, 64, 128, 256, 512, 1024];

/** Variants by the official program's names. It has none that combine a depth with a width. */
export const architectures: Architectures = {
  ConvNet: convNet({}),
  ...Object.fromEntries(depths.map((depth) => [`ConvNetD${depth}`, convNet({depth})])),
  ...Object.fromEntries(widths.map((width) => [`ConvNetW${width}`, convNet({width})])),
  ...Object.fromEntries(
    depths.flatMap((depth) =>
      widths.map((width) => [`ConvNetD${depth}W${width}`, convNet({depth, width})]),
    ),
  ),
  ConvNetKIP: convNet({width: 1024, norm: 'none'}),
  ConvNetAS: convNet({activation: 'sigmoid'}),
  ConvNetAR: convNet({activation: 'relu'}),
  ConvNetAL: convNet({activation: 'leaky-relu'}),
  ConvNetNN: convNet({norm: 'none'}),
  ConvNetBN: convNet({norm: 'batch'}),
  ConvNetLN: convNet({norm: 'layer'}),
  ConvNetIN: convNet({norm: 'instance'}),
  ConvNetGN: convNet({norm: 'group'}),
  ConvNetNP: convNet({pool: 'none'}),
  ConvNetMP: convNet({pool: 'max'}),
  ConvNetAP: convNet({pool: 'avg'}),
  ConvNetGAP: convNet({head: 'means'}),
};
