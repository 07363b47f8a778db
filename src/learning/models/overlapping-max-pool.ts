import type {Value} from '../../tensor/value.ts';
import * as ops from '../../tensor/ops.ts';
import {pure, type Layer} from './layer.ts';

/** The largest of 3×3 pixels around every other one. Pixels must be ≥ 0, as after a ReLU: zeros stand around the image. */
export const overlappingMaxPool: Layer = pure(
  ([h, w, c]) => [halved(h!), halved(w!), c!],
  // Once along each axis. Whoever is largest of three is found in two comparisons.
  (x) => pooledAlong(pooledAlong(x, 1), 2),
);

function halved(extent: number): number {
  return Math.floor((extent - 1) / 2) + 1;
}

/** Windows of rows 2i−1, 2i and 2i+1: with one row of zeros before, a pair of rows and the first of the next pair. */
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

/** Exactly one of the two, and the gradient goes there. */
function larger(a: Value, b: Value): Value {
  const isFirst = ops.heaviside(ops.subtract(a, b));
  return ops.add(ops.multiply(a, isFirst), ops.multiply(b, ops.subtract(1, isFirst)));
}
