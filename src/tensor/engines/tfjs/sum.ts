import * as tf from '@tensorflow/tfjs-core';
import {sizeOf} from '../../shape.ts';

/**
 * Adds up along `axes` and drops them. Runs of neighbouring axes are added by a product with ones, which the backends
 * do several times faster than their own reductions.
 */
export function sum(x: tf.Tensor, axes: readonly number[]): tf.Tensor {
  const kept = x.shape.filter((_, axis) => !axes.includes(axis));
  let partial = x;
  for (const [first, last] of runs(axes).toReversed()) {
    const outer = sizeOf(partial.shape.slice(0, first));
    const along = sizeOf(partial.shape.slice(first, last + 1));
    const inner = sizeOf(partial.shape.slice(last + 1));
    const flat = partial.shape.filter((_, axis) => axis < first || axis > last);
    partial = tf.reshape(sumMiddle(partial, [outer, along, inner]), flat);
  }
  return tf.reshape(partial, kept);
}

function sumMiddle(
  x: tf.Tensor,
  [outer, along, inner]: readonly [number, number, number],
): tf.Tensor {
  if (along === 1) return x;
  if (inner === 1) return tf.sum(tf.reshape(x, [outer, along]), 1);
  return tf.matMul(tf.ones([1, 1, along]), tf.reshape(x, [outer, along, inner]));
}

/** Ascending axes as [first, last] of each run of neighbours. */
function runs(axes: readonly number[]): readonly (readonly [number, number])[] {
  const found: [number, number][] = [];
  for (const axis of axes) {
    const current = found.at(-1);
    if (current !== undefined && current[1] === axis - 1) current[1] = axis;
    else found.push([axis, axis]);
  }
  return found;
}
