/** Pooling over size×size blocks, and what is linear beside it. */
import * as tf from '@tensorflow/tfjs-core';
import type {Shape} from '../../shape.ts';

export function avgPool(x: tf.Tensor4D, size: number): tf.Tensor4D {
  return tf.avgPool(x, size, size, 'valid');
}

/** Spreads each value evenly over its block. */
export function avgPoolSpread(
  dy: tf.Tensor4D,
  {size, shape}: {readonly size: number; readonly shape: Shape},
): tf.Tensor4D {
  const [n, h, w, c] = dy.shape;
  const share = tf.mul(dy, 1 / (size * size));
  // Repeating by adding to zeros is what the backends broadcast fastest.
  const repeated = tf.add(
    tf.reshape(share, [n, h, 1, w, 1, c]),
    tf.zeros([1, 1, size, 1, size, 1]),
  );
  return grow(tf.reshape(repeated, [n, h * size, w * size, c]), shape);
}

export function maxPool(x: tf.Tensor4D, size: number): tf.Tensor4D {
  return tf.maxPool(x, size, size, 'valid');
}

/** The values of v where each block of x has its first largest. */
export function maxPoolGather(x: tf.Tensor4D, v: tf.Tensor4D, size: number): tf.Tensor4D {
  const chosen = firstLargest(x, size);
  return tf.sum(tf.mul(chosen, blocks(v, size)), 0);
}

/** Puts the values of v back where each block of x has its first largest. */
export function maxPoolScatter(x: tf.Tensor4D, v: tf.Tensor4D, size: number): tf.Tensor4D {
  const [n, h, w, c] = v.shape;
  const placed = tf.mul(firstLargest(x, size), v); // [size², n, h′, w′, c]
  const rows = tf.reshape(placed, [size, size, n, h, w, c]);
  const images = tf.reshape(tf.transpose(rows, [2, 3, 0, 4, 1, 5]), [n, h * size, w * size, c]);
  return grow(images as tf.Tensor4D, x.shape);
}

/** [size², n, h′, w′, c]: 1 at the first largest of each block in row-major order, 0 elsewhere. */
function firstLargest(x: tf.Tensor4D, size: number): tf.Tensor {
  const candidates = blocks(x, size);
  const largest = tf.max(candidates, 0);
  const isLargest = tf.unstack(tf.cast(tf.greaterEqual(candidates, largest), 'float32'));
  let free: tf.Tensor | undefined;
  const first = isLargest.map((candidate) => {
    const chosen = free === undefined ? candidate : tf.mul(candidate, free);
    free = free === undefined ? tf.sub(1, candidate) : tf.sub(free, chosen);
    return chosen;
  });
  return tf.stack(first);
}

/** [n, h, w, c] → [size², n, h′, w′, c]: the pixels of each block, first the upper left. */
function blocks(x: tf.Tensor4D, size: number): tf.Tensor {
  const [n, height, width, c] = x.shape;
  const [h, w] = [Math.floor(height / size), Math.floor(width / size)];
  const whole = tf.slice(x, [0, 0, 0, 0], [n, h * size, w * size, c]);
  const split = tf.transpose(tf.reshape(whole, [n, h, size, w, size, c]), [2, 4, 0, 1, 3, 5]);
  return tf.reshape(split, [size * size, n, h, w, c]);
}

/** Adds the rows and columns that filled no block, as zeros. */
function grow(x: tf.Tensor4D, shape: Shape): tf.Tensor4D {
  const margins = shape.map((extent, axis) => [0, extent - x.shape[axis]!] as [number, number]);
  return margins.some(([, after]) => after > 0) ? tf.pad(x, margins) : x;
}
