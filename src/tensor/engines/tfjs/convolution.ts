/**
 * Convolutions and their transposes, as forward convolutions and matrix products: native TensorFlow's kernels for the
 * transposes know no margin of a given width, and the WebAssembly backend has none for the filter's.
 */
import * as tf from '@tensorflow/tfjs-core';
import type {Window} from '../../op.ts';
import type {Shape} from '../../shape.ts';

/** @returns [n, h′, w′, o] */
export function conv2d(
  images: tf.Tensor4D,
  filter: tf.Tensor4D,
  {stride, pad}: Window,
): tf.Tensor4D {
  return tf.conv2d(images, filter, stride, around(pad));
}

/** The transpose in the images: a convolution of the cotangent with the filter rotated by 180°. */
export function conv2dInput(
  dy: tf.Tensor4D,
  filter: tf.Tensor4D,
  {window: {stride, pad}, shape}: {readonly window: Window; readonly shape: Shape},
): tf.Tensor4D {
  const [kh, kw] = filter.shape;
  const [, h, w] = shape as [number, number, number, number];
  const spread = dilate(dy, stride);
  // Rows at the far end that the stride skipped get no cotangent: they are padded like the rest.
  const margins: [[number, number], [number, number], [number, number], [number, number]] = [
    [0, 0],
    [kh - 1 - pad, h + pad - spread.shape[1]],
    [kw - 1 - pad, w + pad - spread.shape[2]],
    [0, 0],
  ];
  const turned = halfTurn(filter);
  if (margins.flat().some((margin) => margin < 0)) {
    const full = tf.conv2d(spread, turned, 1, around(kh - 1));
    return tf.slice(full, [0, pad, pad, 0], [...shape] as [number, number, number, number]);
  }
  return tf.conv2d(spread, turned, 1, margins);
}

/** The transpose in the filter: a product with the images' patches. */
export function conv2dFilter(
  images: tf.Tensor4D,
  dy: tf.Tensor4D,
  {window: {stride, pad}, shape}: {readonly window: Window; readonly shape: Shape},
): tf.Tensor4D {
  const [kh, kw, channels, outputs] = shape as [number, number, number, number];
  const spread = dilate(dy, stride);
  const [n, rows, columns] = spread.shape;
  const pixels = n * rows * columns;
  const padded = tf.pad(tf.transpose(images, [3, 0, 1, 2]), around(pad, [2, 3]));
  const unfolded = Array.from({length: kh * kw}, (_, k) => {
    const begin: [number, number, number, number] = [0, 0, Math.floor(k / kw), k % kw];
    return tf.reshape(tf.slice(padded, begin, [channels, n, rows, columns]), [channels, pixels]);
  });
  const cotangents = tf.reshape(spread, [pixels, outputs]);
  return tf.reshape(tf.matMul(tf.concat(unfolded, 0), cotangents), [kh, kw, channels, outputs]);
}

type Margins = [[number, number], [number, number], [number, number], [number, number]];

/** A margin on both sides of two axes: rows and columns. */
function around(pad: number, axes: readonly number[] = [1, 2]): Margins {
  return [0, 1, 2, 3].map((axis) => (axes.includes(axis) ? [pad, pad] : [0, 0])) as Margins;
}

/** [kh, kw, c, o] → [kh, kw, o, c] with rows and columns reversed. */
function halfTurn(filter: tf.Tensor4D): tf.Tensor4D {
  return tf.transpose(tf.reverse(filter, [0, 1]), [0, 1, 3, 2]);
}

/** Inserts stride − 1 zeros between rows and between columns. */
function dilate(x: tf.Tensor4D, stride: number): tf.Tensor4D {
  if (stride === 1) return x;
  const [n, h, w, c] = x.shape;
  const gap = stride - 1;
  const wide = tf.pad(tf.reshape(x, [n, h, 1, w, c]), [
    [0, 0],
    [0, 0],
    [0, gap],
    [0, 0],
    [0, 0],
  ]);
  const both = tf.pad(tf.reshape(wide, [n * h * stride, w, 1, c]), [
    [0, 0],
    [0, 0],
    [0, gap],
    [0, 0],
  ]);
  const spread = tf.reshape<tf.Rank.R4>(both, [n, h * stride, w * stride, c]);
  return tf.slice(spread, [0, 0, 0, 0], [n, h * stride - gap, w * stride - gap, c]);
}
