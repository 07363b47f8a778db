/** Pooling over size×size blocks, its transposes, and the linear operations of its derivatives. */
import * as tf from '@tensorflow/tfjs-core';
import type {Shape} from '../../shape.ts';

export function avgPool(x: tf.Tensor4D, size: number): tf.Tensor4D {
  return tf.avgPool(x, size, size, 'valid');
}

/** Spreads each value evenly over its block. */
export function avgPoolTranspose(
  dy: tf.Tensor4D,
  {size, shape}: {readonly size: number; readonly shape: Shape},
): tf.Tensor4D {
  const [n, h, w, c] = dy.shape;
  const share = tf.mul(dy, 1 / (size * size));
  // Repeats the values by adding them to zeros.
  const repeated = tf.add(
    tf.reshape(share, [n, h, 1, w, 1, c]),
    tf.zeros([1, 1, size, 1, size, 1]),
  );
  return grow(tf.reshape(repeated, [n, h * size, w * size, c]), shape);
}

export function maxPool(x: tf.Tensor4D, size: number): tf.Tensor4D {
  return tf.maxPool(x, size, size, 'valid');
}

/** Gives the value of v at the first largest number of each block of x. */
export function maxPoolGather(x: tf.Tensor4D, v: tf.Tensor4D, size: number): tf.Tensor4D {
  const values = planes(v, size);
  const parts = firstLargest(x, size).map((chosen, k) => tf.mul(chosen, values[k]!));
  return parts.reduce((sum, part) => tf.add(sum, part)) as tf.Tensor4D;
}

/** Puts each value of v at the first largest number of its block of x; zero elsewhere. */
export function maxPoolScatter(x: tf.Tensor4D, v: tf.Tensor4D, size: number): tf.Tensor4D {
  const placed = firstLargest(x, size).map((chosen) => tf.mul(chosen, v));
  return grow(interleave(placed, size), x.shape);
}

/**
 * One mask [n, h′, w′, c] for each pixel position of a block, row by row: 1 where that pixel is the first largest of
 * its block, else 0.
 */
function firstLargest(x: tf.Tensor4D, size: number): readonly tf.Tensor[] {
  const largest = maxPool(x, size);
  let free: tf.Tensor | undefined; // 1 where no pixel of the block has been chosen yet
  return planes(x, size).map((candidate) => {
    // Nothing exceeds the largest number, so 1 − step(largest − candidate) is 1 exactly where they are equal.
    const isLargest = tf.sub(1, tf.step(tf.sub(largest, candidate)));
    const chosen = free === undefined ? isLargest : tf.mul(isLargest, free);
    free = tf.sub(free ?? 1, chosen);
    return chosen;
  });
}

/**
 * One tensor [n, h′, w′, c] for each pixel position of the blocks of [n, h, w, c], upper left first. Each is cut from a
 * view that lays a block's columns side by side.
 */
function planes(x: tf.Tensor4D, size: number): readonly tf.Tensor4D[] {
  const [n, height, width, c] = x.shape;
  const [h, w] = [Math.floor(height / size), Math.floor(width / size)];
  const whole = tf.slice(x, [0, 0, 0, 0], [n, h * size, w * size, c]);
  const view = tf.reshape(whole, [n * h, size, w, size * c]);
  return Array.from({length: size * size}, (_, k) => {
    const plane = tf.slice(view, [0, Math.floor(k / size), 0, (k % size) * c], [n * h, 1, w, c]);
    return tf.reshape(plane, [n, h, w, c]);
  });
}

/** Puts planes together to [n, h′·size, w′·size, c]: the inverse of `planes`. */
function interleave(parts: readonly tf.Tensor[], size: number): tf.Tensor4D {
  const [n, h, w, c] = parts[0]!.shape as [number, number, number, number];
  const rows = Array.from({length: size}, (_, row) =>
    tf.concat(
      parts.slice(row * size, (row + 1) * size).map((part) => tf.reshape(part, [n * h, 1, w, c])),
      3,
    ),
  );
  return tf.reshape(tf.concat(rows, 1), [n, h * size, w * size, c]);
}

/** Appends zeros for the rows and columns that fill no block. */
function grow(x: tf.Tensor4D, shape: Shape): tf.Tensor4D {
  const margins = shape.map((extent, axis) => [0, extent - x.shape[axis]!] as [number, number]);
  return margins.some(([, after]) => after > 0) ? tf.pad(x, margins) : x;
}
