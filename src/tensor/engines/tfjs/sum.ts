import * as tf from '@tensorflow/tfjs-core';
import {sizeOf} from '../../shape.ts';

/**
 * Adds up along `axes` and drops them. Each run of adjacent axes is summed by average pooling or by a product with
 * ones, which the backends do ten times faster than their own reductions.
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

/** [outer, along, inner] → [outer, inner], in two stages if `along` is long. */
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
 * The number of numbers to add in one stage. The backends add in float32 without compensation, so the rounding error of
 * a sum grows with its length; with two stages it grows only with the longer of the two.
 */
function stageLength(along: number): number {
  if (along <= longestStage) return along;
  for (let chunk = Math.floor(Math.sqrt(along)); chunk > 1; chunk--) {
    if (along % chunk === 0) return along / chunk;
  }
  return along;
}

/**
 * The largest number of channels to pool at once: the WebAssembly backend's pooling keeps a row of channels on its
 * small stack, which overflowed with 131,072 of them. No network's layer is as wide as this.
 */
const maxPooledChannels = 2048;

/**
 * The longest sum in one stage: up to this length the rounding error stays near 1e-6, and one pass is cheaper than two.
 */
const longestStage = 64;

/** Groups ascending axes into runs of neighbours: [first, last] of each. */
function runs(axes: readonly number[]): readonly (readonly [number, number])[] {
  const found: [number, number][] = [];
  for (const axis of axes) {
    const current = found.at(-1);
    if (current !== undefined && current[1] === axis - 1) current[1] = axis;
    else found.push([axis, axis]);
  }
  return found;
}
