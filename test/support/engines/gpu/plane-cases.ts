/** Programs with channels enough for kernels that keep whole planes, at sizes that their tiles fill and at others. */
import {normalization, type Normalization} from '../../../../src/learning/models/normalization.ts';
import type {Value} from '../../../../src/tensor/value.ts';
import * as ops from '../../../../src/tensor/ops.ts';
import type {Shape} from '../../../../src/tensor/shape.ts';
import type {OpCase} from '../op-cases.ts';

/** Convolutions, where the size of a tile matters; the plainest one first. */
export const convolutionCases: readonly [OpCase, ...OpCase[]] = [
  convolution({height: 5, width: 6, pad: 1}, 8, 12),
  convolution({height: 7, width: 9, pad: 0}, 8, 12),
  convolution({height: 4, width: 4, pad: 2}, 4, 32),
  convolution({height: 6, width: 8, pad: 1}, 32, 4),
];

/** Layers without convolutions. */
export const layerCases: readonly OpCase[] = [
  averaged({height: 4, width: 6, size: 2}),
  largest({height: 4, width: 6, size: 2}),
  largest({height: 5, width: 7, size: 2}),
  averaged({height: 5, width: 7, size: 2}),
  averaged({height: 6, width: 6, size: 3}),
  largest({height: 6, width: 6, size: 3}),
];

/** Normalisations whose moments are of many images. */
export const momentCases: readonly OpCase[] = [
  ofManyImages('batch'),
  ofManyImages('group'),
  ofManyImages('layer'),
];

/** Two layers, of which the first is a whole block of a network. */
export const twoLayers: OpCase = {
  name: 'two layers of eight channels',
  kind: 'conv2d',
  inputs: {x: [2, 6, 6, 8], w: [3, 3, 8, 8], u: [3, 3, 8, 8]},
  build: (_, v) => {
    const y = ops.conv2d(v['x']!, v['w']!, {stride: 1, pad: 1});
    const pooled = ops.avgPool(ops.sigmoid(normalised(y)), 2);
    return ops.conv2d(pooled, v['u']!, {stride: 1, pad: 1});
  },
};

function convolution(
  {height, width, pad}: Readonly<Record<'height' | 'width' | 'pad', number>>,
  channels: number,
  filters: number,
): OpCase {
  return {
    name: `conv2d pad ${pad} on ${height}×${width}, ${channels} channels to ${filters}`,
    kind: 'conv2d',
    inputs: {x: [2, height, width, channels], w: [3, 3, channels, filters]},
    build: (_, v) => ops.conv2d(v['x']!, v['w']!, {stride: 1, pad}),
  };
}

type Pooling = Readonly<Record<'height' | 'width' | 'size', number>>;

function averaged({height, width, size}: Pooling): OpCase {
  return {
    name: `normalised sigmoids pooled ${size}×${size} on ${height}×${width}`,
    kind: 'avgPool',
    inputs: {x: [2, height, width, 8]},
    build: (_, v) => ops.avgPool(ops.sigmoid(normalised(v['x']!)), size),
  };
}

function largest({height, width, size}: Pooling): OpCase {
  return {
    name: `normalised maxima of ${size}×${size} on ${height}×${width}`,
    kind: 'maxPool',
    inputs: {x: [2, height, width, 8]},
    build: (_, v) => ops.maxPool(normalised(v['x']!), size),
  };
}

/** Of so many images that one workgroup would take long to combine their moments. */
function ofManyImages(kind: Normalization): OpCase {
  const [height, width, channels] = [2, 2, 64];
  const layer = normalization(kind)([height, width, channels], '');
  const [gamma, beta] = layer.params.map(({shape}) => shape) as [Shape, Shape];
  return {
    name: `sigmoids of 70 images with ${kind} normalisation`,
    kind: 'sum',
    inputs: {x: [70, height, width, channels], gamma, beta},
    build: (_, {x, gamma, beta}) => {
      const params = [gamma!, beta!];
      const pass = {
        take: () => params.shift()!,
        takeStatistics: () => undefined,
        recordStatistics: () => undefined,
      };
      return ops.sigmoid(layer.apply(pass, x!));
    },
  };
}

/** Instance normalisation. The offset is large, so that second derivatives stay of moderate size. */
function normalised(x: Value): Value {
  const centred = ops.subtract(x, ops.meanKeep(x, [1, 2]));
  const variance = ops.meanKeep(ops.multiply(centred, centred), [1, 2]);
  return ops.divide(centred, ops.sqrt(ops.add(variance, 0.1)));
}
