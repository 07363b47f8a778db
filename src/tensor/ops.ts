/** The functions that models, losses and augmentations are written with. Shapes are as in `op.ts`. */
import type {Value} from './value.ts';
import type {Op, Window} from './op.ts';
import {repeatedAxes, sizeOf, type Shape} from './shape.ts';

/** A value, or a number that stands for a scalar constant. */
export type Operand = Value | number;

export const add = (a: Operand, b: Operand): Value => binary('add', a, b);
export const subtract = (a: Operand, b: Operand): Value => binary('subtract', a, b);
export const multiply = (a: Operand, b: Operand): Value => binary('multiply', a, b);
export const divide = (a: Operand, b: Operand): Value => binary('divide', a, b);
export const exp = (x: Value): Value => x.graph.apply({kind: 'exp'}, [x]);
export const log = (x: Value): Value => x.graph.apply({kind: 'log'}, [x]);
export const sqrt = (x: Value): Value => x.graph.apply({kind: 'sqrt'}, [x]);
export const sigmoid = (x: Value): Value => x.graph.apply({kind: 'sigmoid'}, [x]);
export const heaviside = (x: Value): Value => x.graph.apply({kind: 'heaviside'}, [x]);
export const floor = (x: Value): Value => x.graph.apply({kind: 'floor'}, [x]);
export const softmax = (x: Value): Value => x.graph.apply({kind: 'softmax'}, [x]);
export const logSumExp = (x: Value): Value => x.graph.apply({kind: 'logSumExp'}, [x]);

/** Adds up along `axes`, all of them by default, and drops them. */
export function sum(x: Value, axes: readonly number[] = x.shape.map((_, axis) => axis)): Value {
  return x.graph.apply({kind: 'sum', axes: axes.toSorted((a, b) => a - b)}, [x]);
}

/** As `sum`, with extents of 1 left where the axes were. */
export function sumKeep(x: Value, axes: readonly number[]): Value {
  const kept = x.shape.map((extent, axis) => (axes.includes(axis) ? 1 : extent));
  return reshape(sum(x, axes), kept);
}

/** The mean along `axes`, with extents of 1 left where they were. */
export function meanKeep(x: Value, axes: readonly number[]): Value {
  return multiply(sumKeep(x, axes), 1 / sizeOf(axes.map((axis) => x.shape[axis]!)));
}

/** The mean of all numbers: a scalar. */
export function mean(x: Value): Value {
  return multiply(sum(x), 1 / sizeOf(x.shape));
}

/** ⟨a, b⟩: the sum of products. */
export function dot(a: Value, b: Value): Value {
  return sum(multiply(a, b));
}

export function broadcast(x: Value, shape: Shape): Value {
  return x.graph.apply({kind: 'broadcast', shape}, [x]);
}

/** Adds up all repetitions that broadcasting to x's shape would make: the transpose of `broadcast`. */
export function sumTo(x: Value, shape: Shape): Value {
  return reshape(sum(x, repeatedAxes(shape, x.shape)), shape);
}

export function reshape(x: Value, shape: Shape): Value {
  return x.graph.apply({kind: 'reshape', shape}, [x]);
}

/** Axis i of the result is axis `order[i]` of x. */
export function transpose(x: Value, order: readonly number[]): Value {
  return x.graph.apply({kind: 'transpose', order}, [x]);
}

export function slice(x: Value, begin: readonly number[], size: Shape): Value {
  return x.graph.apply({kind: 'slice', begin, size}, [x]);
}

/** Places x at `begin` in a tensor of zeros. */
export function pad(x: Value, begin: readonly number[], shape: Shape): Value {
  return x.graph.apply({kind: 'pad', begin, shape}, [x]);
}

export function concat(parts: readonly [Value, ...Value[]], axis: number): Value {
  return parts[0].graph.apply({kind: 'concat', axis}, parts);
}

/** Matrix product [m, k]·[k, n]. */
export function matmul(
  a: Value,
  b: Value,
  {transposeA = false, transposeB = false}: {transposeA?: boolean; transposeB?: boolean} = {},
): Value {
  return a.graph.apply({kind: 'matmul', transposeA, transposeB}, [a, b]);
}

/** Convolution of images with a filter [k, k, c, o]. */
export function conv2d(images: Value, filter: Value, window: Window): Value {
  return images.graph.apply({kind: 'conv2d', window}, [images, filter]);
}

/** Mean over size×size blocks. */
export const avgPool = (x: Value, size: number): Value =>
  x.graph.apply({kind: 'avgPool', size}, [x]);

/** Maximum over size×size blocks. */
export const maxPool = (x: Value, size: number): Value =>
  x.graph.apply({kind: 'maxPool', size}, [x]);

/** Rows of x [n, …] by index [m] → [m, …]. */
export function gatherRows(x: Value, indices: Value): Value {
  return x.graph.apply({kind: 'gatherRows'}, [x, indices]);
}

/** Images sampled through affine maps [n, 6]: see `op.ts`. */
export function affineWarp(images: Value, map: Value): Value {
  return images.graph.apply({kind: 'affineWarp'}, [images, map]);
}

function binary(
  kind: Extract<Op['kind'], 'add' | 'subtract' | 'multiply' | 'divide'>,
  a: Operand,
  b: Operand,
): Value {
  const {graph} = typeof a === 'number' ? (b as Value) : a;
  const x = typeof a === 'number' ? graph.constant(a) : a;
  const y = typeof b === 'number' ? graph.constant(b) : b;
  return graph.apply({kind}, [x, y]);
}
