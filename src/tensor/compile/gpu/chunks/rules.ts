/** How chunks along an axis of an operand pass through each kind of operation. */
import {traitsOf} from '../../../op-traits.ts';
import type {Op, OpKind, OpOf} from '../../../op.ts';
import {sizeOf, type Shape} from '../../../shape.ts';

/** An operation that can be applied to chunks. */
export interface Crossing {
  /** The axis of the result that the chunks lie along; `undefined`: the results for all chunks are added up. */
  readonly axis: number | undefined;
  /** The axis along which each operand is cut; `undefined`: each chunk needs all of it. */
  readonly operands: readonly (number | undefined)[];
}

interface Shapes {
  /** Of the operands. */
  readonly shapes: readonly Shape[];
  /** Of the result. */
  readonly shape: Shape;
}

/** An axis of an operand. */
interface Place {
  readonly index: number;
  readonly axis: number;
}

type Rule<K extends OpKind> = (op: OpOf<K>, shapes: Shapes, from: Place) => Crossing | undefined;

/** Whether and how an operation applies to chunks of an operand; `undefined`: it needs the operand as a whole. */
export function acrossChunks(op: Op, shapes: Shapes, from: Place): Crossing | undefined {
  if (traitsOf(op.kind).isElementwise) return elementwise(shapes, from);
  // The rule at `op.kind` takes exactly that kind of operation; the compiler cannot see the correlation.
  const rule = rules[op.kind] as Rule<OpKind> | undefined;
  return rule?.(op, shapes, from);
}

/**
 * The operation on a chunk: what it says about the shape of its result, it says about the chunk's.
 * @param axis of the result; `undefined`: the result has the same shape for every chunk
 */
export function onChunk(op: Op, axis: number | undefined, size: number): Op {
  if (axis === undefined) return op;
  if ('shape' in op) return {...op, shape: withExtent(op.shape, axis, size)};
  if (op.kind === 'slice') return {...op, size: withExtent(op.size, axis, size)};
  return op;
}

export function withExtent(shape: Shape, axis: number, size: number): Shape {
  return shape.map((extent, i) => (i === axis ? size : extent));
}

/** Along an axis of the result, which all operands have that are not repeated along it. */
function elementwise({shapes, shape}: Shapes, {index, axis}: Place): Crossing {
  const result = axis + shape.length - shapes[index]!.length;
  const operands = shapes.map((own) => {
    const place = result - shape.length + own.length;
    return place >= 0 && own[place] === shape[result] ? place : undefined;
  });
  return {axis: result, operands};
}

/** All operands have the images first, and so has the result. */
const ofImages = ({shapes}: Shapes, {axis}: Place): Crossing | undefined =>
  axis === 0 ? {axis: 0, operands: shapes.map(() => 0)} : undefined;

/** The same axis of the operand and of the result. */
const same = ({axis}: Place): Crossing => ({axis, operands: [axis]});

/** Of pairs of images and filters: images are first of each pair, and first in the result. */
function convolution({shapes}: Shapes, {index, axis}: Place): Crossing | undefined {
  if (axis !== 0 || index % 2 !== 0) return undefined;
  return {axis: 0, operands: shapes.map((_, i) => (i % 2 === 0 ? 0 : undefined))};
}

const rules: {readonly [K in OpKind]?: Rule<K>} = {
  softmax: (_, {shape}, from) => (from.axis < shape.length - 1 ? same(from) : undefined),
  logSumExp: (_, {shape}, from) => (from.axis < shape.length ? same(from) : undefined),
  sum({axes}, _, {axis}) {
    const before = axes.filter((one) => one < axis).length;
    return {axis: axes.includes(axis) ? undefined : axis - before, operands: [axis]};
  },
  reshape: (_, {shapes: [from], shape}, {axis}) => throughReshape(from!, shape, axis),
  transpose: ({order}, _, {axis}) => ({axis: order.indexOf(axis), operands: [axis]}),
  slice: (_, {shapes: [from], shape}, place) =>
    from![place.axis] === shape[place.axis] ? same(place) : undefined,
  pad: (_, {shapes: [from], shape}, place) =>
    from![place.axis] === shape[place.axis] ? same(place) : undefined,
  concat: (op, {shapes}, {axis}) =>
    axis === op.axis ? undefined : {axis, operands: shapes.map(() => axis)},
  matmul: throughProduct,
  gatherRows: (_, __, {index, axis}) =>
    index === 1
      ? {axis: 0, operands: [undefined, 0]}
      : axis > 0
        ? {axis, operands: [axis, undefined]}
        : undefined,
  scatterRows: (_, __, {index, axis}) =>
    index === 0 && axis > 0 ? {axis, operands: [axis, undefined]} : undefined,
  conv2d: (_, shapes, from) => convolution(shapes, from),
  conv2dInput: (_, shapes, from) => convolution(shapes, from),
  conv2dFilter: (_, {shapes}, {axis}) =>
    axis === 0 ? {axis: undefined, operands: shapes.map(() => 0)} : undefined,
  avgPool: (_, shapes, from) => ofImages(shapes, from),
  avgPoolTranspose: (_, shapes, from) => ofImages(shapes, from),
  maxPool: (_, shapes, from) => ofImages(shapes, from),
  maxPoolGather: (_, shapes, from) => ofImages(shapes, from),
  maxPoolScatter: (_, shapes, from) => ofImages(shapes, from),
  affineWarp: (_, shapes, from) => ofImages(shapes, from),
  affineWarpTranspose: (_, shapes, from) => ofImages(shapes, from),
};

/** An axis that a reshape leaves alone, with as many numbers before it. */
function throughReshape(from: Shape, to: Shape, axis: number): Crossing | undefined {
  const before = sizeOf(from.slice(0, axis));
  const result = to.findIndex(
    (extent, i) => extent === from[axis] && sizeOf(to.slice(0, i)) === before,
  );
  return result < 0 ? undefined : {axis: result, operands: [axis]};
}

/** Rows and columns of the result are those of one factor; what the sum runs over, both have. */
function throughProduct(
  {transposeA, transposeB}: OpOf<'matmul'>,
  {shapes}: Shapes,
  {index, axis}: Place,
): Crossing {
  const isRight = index % 2 === 1;
  const inner = {left: transposeA ? 0 : 1, right: transposeB ? 1 : 0};
  const isInner = axis === (isRight ? inner.right : inner.left);
  const axes = isInner
    ? [inner.left, inner.right]
    : isRight
      ? [undefined, axis]
      : [axis, undefined];
  return {
    axis: isInner ? undefined : isRight ? 1 : 0,
    operands: shapes.map((_, i) => axes[i % 2]),
  };
}
