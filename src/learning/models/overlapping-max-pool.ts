import type {Value} from '../../tensor/value.ts';
import * as ops from '../../tensor/ops.ts';
import {pure, type Layer} from './layer.ts';

/**
 * Maximum over 3×3 windows at stride 2. Pixels must be ≥ 0, as after a ReLU, because the image is padded with zeros.
 */
export const overlappingMaxPool: Layer = pure(
  ([h, w, c]) => [halved(h!), halved(w!), c!],
  // Once along each axis; the largest of three takes two comparisons.
  (x) => pooledAlong(pooledAlong(x, 1), 2),
);

function halved(extent: number): number {
  return Math.floor((extent - 1) / 2) + 1;
}

/**
 * Pools windows of rows 2i−1, 2i and 2i+1: with one row of zeros before, a window is a pair of rows and the first of
 * the next pair.
 */
function pooledAlong(x: Value, axis: 1 | 2): Value {
  const count = halved(x.shape[axis]!);
  const padded = x.shape.map((extent, i) => (i === axis ? 2 * (count + 1) : extent));
  const begin = x.shape.map((_, i) => (i === axis ? 1 : 0));
  const rows = ops.pad(x, begin, padded);
  const [n, h, w, c] = padded as [number, number, number, number];
  const [before, after] = axis === 1 ? [n, w * c] : [n * h, c];
  // [before, pairs, first and second of a pair, after]
  const pairs = ops.reshape(rows, [before, count + 1, 2 * after]);
  const part = (pair: number, second: boolean): Value =>
    ops.slice(pairs, [0, pair, second ? after : 0], [before, count, after]);
  const largest = larger(larger(part(0, false), part(0, true)), part(1, false));
  return ops.reshape(
    largest,
    x.shape.map((extent, i) => (i === axis ? count : extent)),
  );
}

/** The larger of two; exactly one of them receives the gradient. */
function larger(a: Value, b: Value): Value {
  const isFirst = ops.heaviside(ops.subtract(a, b));
  return ops.add(ops.multiply(a, isFirst), ops.multiply(b, ops.subtract(1, isFirst)));
}
