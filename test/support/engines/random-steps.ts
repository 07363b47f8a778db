/** Ways to compute a value from earlier ones, for random programs. */
import * as ops from '../../../src/tensor/ops.ts';
import {sameShape, sizeOf, type Shape} from '../../../src/tensor/shape.ts';
import type {Value} from '../../../src/tensor/value.ts';

export type Images = readonly [n: number, height: number, width: number, channels: number];

/** What a step may take. `a`, `b` and `detail` are random whole numbers. */
export interface Given {
  readonly space: Images;
  readonly values: readonly Value[];
  /** Whole numbers below n, one more than n. */
  readonly indices: Value;
  /** An affine map for each of n images. */
  readonly maps: Value;
  readonly a: number;
  readonly b: number;
  readonly detail: number;
}

type Step = (given: Given) => Value;

/** An element at an index, taken modulo the length. */
const at = <T>(list: readonly T[], index: number): T => list[index % list.length]!;

/** Every second time one of the newest, so that chains become long. */
const oneOf = (values: readonly Value[], index: number): Value =>
  at(index % 2 === 0 ? values : values.slice(-3), index >> 1);

const any = ({values, a}: Given): Value => oneOf(values, a);

/** A value that broadcasts to the space. */
function wide({values, space}: Given, index: number): Value {
  const fitting = values.filter(({shape}) => {
    const missing = space.length - shape.length;
    return shape.every((extent, axis) => extent === 1 || extent === space[axis + missing]);
  });
  return oneOf(fitting, index);
}

/** Images with the channels of the space, of any number and size. */
function images({values, space, a}: Given, count?: number): Value {
  const fitting = values.filter(
    ({shape}) =>
      shape.length === 4 && shape[3] === space[3] && (count === undefined || shape[0] === count),
  );
  return oneOf(fitting, a);
}

/** A value of this shape. */
function like(shape: Shape, {values, b}: Given): Value {
  return oneOf(
    values.filter((value) => sameShape(value.shape, shape)),
    b,
  );
}

const binary =
  (combine: (p: Value, q: Value) => Value): Step =>
  (given) =>
    combine(wide(given, given.a), wide(given, given.b));

const unary =
  (change: (x: Value) => Value): Step =>
  (given) =>
    change(any(given));

function average(given: Given): Value {
  const x = any(given);
  return ops.meanKeep(x, someAxes(x, given));
}

function someAxes({shape}: Value, {detail}: Given): readonly number[] {
  return shape.flatMap((_, axis) => ((detail >> axis) % 2 === 1 ? [axis] : []));
}

/** A part, with zeros where the rest was, or without. */
function part(given: Given): Value {
  const x = any(given);
  const begin = x.shape.map((extent, axis) => (given.detail >> axis) % extent);
  const size = x.shape.map((extent, axis) => extent - begin[axis]!);
  const cut = ops.slice(x, begin, size);
  return given.b % 2 === 0 ? ops.pad(cut, begin, x.shape) : cut;
}

/** Two values one after the other, or what lies half in one and half in the other. */
function joined(given: Given): Value {
  const x = any(given);
  if (x.shape.length === 0) return x;
  const axis = given.detail % x.shape.length;
  const fitting = given.values.filter(({shape}) =>
    sameShape(
      shape.map((extent, i) => (i === axis ? 0 : extent)),
      x.shape.map((extent, i) => (i === axis ? 0 : extent)),
    ),
  );
  const both = ops.concat([x, oneOf(fitting, given.b)], axis);
  const begin = x.shape.map((extent, i) => (i === axis ? extent >> 1 : 0));
  const isCut = (given.detail >> 3) % 2 === 0 && both.shape[axis]! >= begin[axis]! + x.shape[axis]!;
  return isCut ? ops.slice(both, begin, x.shape) : both;
}

function turned(given: Given): Value {
  const x = any(given);
  const order = x.shape.map((_, axis) => axis).toReversed();
  return given.detail % 2 === 0
    ? ops.transpose(x, order)
    : ops.transpose(ops.exp(ops.multiply(-1, ops.sigmoid(ops.transpose(x, order)))), order);
}

function reshaped(given: Given): Value {
  const x = any(given);
  const [n = 1, h = 1, w = 1, c = 1] = x.shape;
  if (x.shape.length !== 4) return ops.reshape(x, [sizeOf(x.shape)]);
  return ops.reshape(x, given.detail % 2 === 0 ? [n, h * w, 1, c] : [n * h, w, 1, c]);
}

function rows(given: Given): Value {
  const count = given.space[0];
  const fitting = given.values.filter(({shape}) => shape[0] === count || shape[0] === count + 1);
  const x = oneOf(fitting, given.a);
  const isLong = x.shape[0] === count + 1;
  return isLong
    ? x.graph.apply({kind: 'scatterRows', rows: count}, [x, given.indices])
    : ops.gatherRows(x, given.indices);
}

function logSumExp(given: Given): Value {
  const x = any(given);
  if (x.shape.length === 0) return x;
  return ops.reshape(ops.logSumExp(x), [...x.shape.slice(0, -1), 1]);
}

function matrixProduct(given: Given): Value {
  const x = images(given);
  const channels = given.space[3];
  const matrix = ops.reshape(x, [sizeOf(x.shape) / channels, channels]);
  const weights = like([channels, channels], given);
  const [transposeA, transposeB] = [given.detail % 2 === 0, (given.detail >> 1) % 2 === 0];
  const scale = transposeA ? 1 / matrix.shape[0]! : 1 / channels;
  const scaled = ops.multiply(matrix, scale);
  if (transposeA) return ops.matmul(scaled, matrix, {transposeA});
  return ops.reshape(ops.matmul(scaled, weights, {transposeB}), x.shape);
}

/** Convolutions of 3×3 that keep the size, one or the sum of two. */
function plainConvolution(given: Given): Value {
  const [, , , c] = given.space;
  const window = {stride: 1, pad: 1};
  const x = images(given);
  const one = ops.conv2d(x, like([3, 3, c, c], given), window);
  if (given.detail % 3 > 0) return one;
  const other = like(x.shape, given);
  return ops.add(one, ops.conv2d(other, like([3, 3, c, c], {...given, b: given.detail}), window));
}

/** Convolutions at strides, with other filters and edges, and their transposes. */
function otherConvolution(given: Given): Value {
  const {detail, space} = given;
  const x = images(given);
  const {shape} = x;
  const side = detail % 2 === 0 ? 1 : 3;
  const least = Math.min(shape[1]!, shape[2]!) < side ? 1 : 0;
  const window = {stride: 1 + ((detail >> 1) % 2), pad: Math.max(least, (detail >> 2) % 3)};
  const filter = like([side, side, space[3], space[3]], given);
  const z = ops.conv2d(x, filter, window);
  const [ofImages, ofFilter] = [(detail >> 4) % 3 === 1, (detail >> 4) % 3 === 2];
  if (ofImages)
    return x.graph.apply({kind: 'conv2dInput', window, shape}, [ops.sigmoid(z), filter]);
  if (!ofFilter) return z;
  const sums = x.graph.apply({kind: 'conv2dFilter', window, shape: filter.shape}, [x, z]);
  return ops.multiply(sums, 1 / sizeOf(z.shape.slice(0, 3)));
}

/**
 * Images divided by their deviation, over pixels, channels or both, and shifted as networks do: their average would be
 * nothing but rounding errors.
 */
function normalised(given: Given): Value {
  const x = images(given);
  const axes = at(
    [
      [1, 2],
      [1, 2, 3],
      [0, 1, 2],
    ],
    given.detail,
  );
  const centred = ops.subtract(x, ops.meanKeep(x, axes));
  const variance = ops.meanKeep(ops.multiply(centred, centred), axes);
  return ops.add(ops.divide(centred, ops.sqrt(ops.add(variance, 0.1))), 0.5);
}

function warped(given: Given): Value {
  const x = images(given, given.space[0]);
  const kind = given.detail % 2 === 0 ? 'affineWarp' : 'affineWarpTranspose';
  return x.graph.apply({kind}, [x, given.maps]);
}

const pooling =
  (pool: (x: Value, size: number, given: Given) => Value): Step =>
  (given) => {
    const x = images(given);
    // Blocks of one pixel, of two, or of a size that divides an odd side.
    const size = at([1, 2, 2, 3], given.detail);
    return x.shape[1]! >= size && x.shape[2]! >= size ? pool(x, size, given) : x;
  };

function averagePool(x: Value, size: number, {b}: Given): Value {
  const pooled = ops.avgPool(x, size);
  return b % 2 === 0
    ? pooled
    : x.graph.apply({kind: 'avgPoolTranspose', size, shape: x.shape}, [pooled]);
}

/** Which number is the largest is nowhere seen: of two that are equal, each gives the same. */
function largest(x: Value, size: number, {b}: Given): Value {
  const {graph} = x;
  const taken = graph.apply({kind: 'maxPoolGather', size}, [x, ops.sigmoid(x)]);
  if (b % 3 === 0) return ops.maxPool(x, size);
  if (b % 3 === 1) return taken;
  const spread = graph.apply({kind: 'maxPoolScatter', size}, [x, taken]);
  return ops.avgPool(ops.multiply(spread, ops.sigmoid(x)), size);
}

const smooth = {
  add: binary(ops.add),
  subtract: binary(ops.subtract),
  multiply: binary((p, q) => ops.multiply(ops.sigmoid(p), q)),
  divide: binary((p, q) => ops.divide(p, ops.add(ops.multiply(q, q), 1.5))),
  sqrt: unary((x) => ops.sqrt(ops.add(ops.multiply(x, x), 0.5))),
  exp: unary((x) => ops.exp(ops.multiply(ops.sigmoid(x), -1))),
  log: unary((x) => ops.log(ops.add(ops.multiply(x, x), 2))),
  softmax: unary((x) => (x.shape.length > 0 ? ops.softmax(x) : x)),
  // Twice as often as others.
  average,
  averageAgain: average,
  part,
  joined,
  turned,
  reshaped,
  rows,
  logSumExp,
  normalised,
  warped,
  averagePool: pooling(averagePool),
};

const products = {matrixProduct, plainConvolution, otherConvolution};

/** Steps without products of matrices and convolutions. */
export const plainSteps = {
  ...smooth,
  rectified: unary((x) => ops.multiply(x, ops.heaviside(x))),
  largest: pooling(largest),
};

/** Every step there is. */
export const allSteps = {...plainSteps, ...products};

/** Steps whose derivatives have no jumps. */
export const smoothSteps = {...smooth, ...products};
