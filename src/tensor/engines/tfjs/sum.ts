import * as tf from '@tensorflow/tfjs-core';
import {sizeOf} from '../../shape.ts';

/**
 * Adds up along `axes` and drops them. Runs of neighbouring axes are added as average pools or products with ones, which
 * the backends do ten times faster than their own reductions.
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

/** [outer, along, inner] → [outer, inner], in two stages where there is much to add. */
function sumMiddle(
  x: tf.Tensor,
  [outer, along, inner]: readonly [number, number, number],
): tf.Tensor {
  if (along === 1) return x;
  const chunk = stageLength(along);
  if (chunk < along) {
    const chunks = sumMiddle(x, [(outer * along) / chunk, chunk, inner]);
    return sumMiddle(chunks, [outer, along / chunk, inner]);
  }
  if (inner === 1) return tf.matMul(tf.reshape(x, [outer, along]), tf.ones([along, 1]));
  if (inner > maxPooledChannels) {
    return tf.matMul(tf.ones([1, 1, along]), tf.reshape(x, [outer, along, inner]));
  }
  const columns = tf.reshape<tf.Rank.R4>(x, [outer, along, 1, inner]);
  return tf.mul(tf.avgPool(columns, [along, 1], 1, 'valid'), along);
}

/**
 * How many numbers to add one after the other: the backends add in float32 without compensation, so the rounding error
 * of a long sum grows with its length, but that of two stages only with the longer one.
 */
function stageLength(along: number): number {
  if (along <= longestStage) return along;
  for (let chunk = Math.floor(Math.sqrt(along)); chunk > 1; chunk--) {
    if (along % chunk === 0) return along / chunk;
  }
  return along;
}

/**
 * The WebAssembly backend's pooling keeps a row of channels on its small stack: with 131,072 of them it ran over its end.
 * No network's layer is as wide as this.
 */
const maxPooledChannels = 2048;

/** Sums up to this length keep the rounding error near 1e-6; they cost one pass instead of two. */
const longestStage = 64;

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
