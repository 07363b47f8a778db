/**
 * Convolutions and their transposes, lowered to what TensorFlow.js backends are fast at: forward convolutions and plain
 * matrix products. (Their own gradient kernels are several times slower, see `bench/`.)
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

/** The transpose in the images: a convolution of the cotangent with the filter turned by half a turn. */
export function conv2dInput(
  dy: tf.Tensor4D,
  filter: tf.Tensor4D,
  {window: {stride, pad}, shape}: {readonly window: Window; readonly shape: Shape},
): tf.Tensor4D {
  const [kh, kw] = filter.shape;
  const [, h, w] = shape as [number, number, number, number];
  const spread = dilate(dy, stride);
  // Rows that the stride stepped over at the far end see no cotangent: they are padded like the rest.
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

/**
 * The transpose in the filter. Two equal forms: a convolution in which channels play the pixels and the cotangent plays
 * the filter; and, where there are so few channels that this starves, a product with the unfolded images.
 */
export function conv2dFilter(
  images: tf.Tensor4D,
  dy: tf.Tensor4D,
  {window: {stride, pad}, shape}: {readonly window: Window; readonly shape: Shape},
): tf.Tensor4D {
  const taps = {size: shape as FilterShape, pad};
  const spread = dilate(dy, stride);
  return taps.size[2] >= fewChannels
    ? filterByConvolution(images, spread, taps)
    : filterByProduct(images, spread, taps);
}

/** From this many input channels on, the convolution form of the filter gradient is the faster one (measured). */
const fewChannels = 8;

type FilterShape = [kh: number, kw: number, inputs: number, outputs: number];

interface Taps {
  readonly size: FilterShape;
  readonly pad: number;
}

/**
 * One image: its rows are those of the images; along a row, every column shift of every channel is a pixel; and the
 * pixels of such a row, over the whole batch, are its channels. The cotangent is a filter as high as the result.
 */
function filterByConvolution(
  images: tf.Tensor4D,
  dy: tf.Tensor4D,
  {size: [kh, kw, channels, outputs], pad}: Taps,
): tf.Tensor4D {
  const [n, h, w] = images.shape;
  const [, rows, columns] = dy.shape;
  const height = rows + kh - 1;
  const byPixel = tf.reshape<tf.Rank.R3>(batchInside(images), [h, w, n * channels]);
  // Rows and columns that the stride stepped over at the far end meet no cotangent.
  const padded = tf.pad(byPixel, [
    [pad, pad],
    [pad, pad],
    [0, 0],
  ]);
  const shifts = Array.from({length: kw}, (_, k) =>
    tf.slice(padded, [0, k, 0], [height, columns, n * channels]),
  );
  const byShift = tf.reshape(tf.concat(shifts, 1), [height * kw, columns * n, channels]);
  const product = tf.conv2d(
    tf.reshape<tf.Rank.R4>(tf.transpose(byShift, [0, 2, 1]), [
      1,
      height,
      kw * channels,
      columns * n,
    ]),
    tf.reshape<tf.Rank.R4>(batchInside(dy), [rows, 1, columns * n, outputs]),
    1,
    'valid',
  ); // [1, kh, kw · channels, outputs]
  return tf.reshape(product, [kh, kw, channels, outputs]);
}

/** [n, h, w, c] → [h · w, n, c] */
function batchInside(x: tf.Tensor4D): tf.Tensor3D {
  const [n, h, w, c] = x.shape;
  return tf.transpose(tf.reshape<tf.Rank.R3>(x, [n, h * w, c]), [1, 0, 2]);
}

function filterByProduct(
  images: tf.Tensor4D,
  dy: tf.Tensor4D,
  {size: [kh, kw, channels, outputs], pad}: Taps,
): tf.Tensor4D {
  const [n, rows, columns] = dy.shape;
  const padded = tf.pad(tf.transpose(images, [3, 0, 1, 2]), around(pad, [2, 3]));
  const unfolded = Array.from({length: kh * kw}, (_, k) =>
    tf.reshape(tf.slice(padded, [0, 0, Math.floor(k / kw), k % kw], [channels, n, rows, columns]), [
      channels,
      n * rows * columns,
    ]),
  );
  const cotangents = tf.reshape(dy, [n * rows * columns, outputs]);
  return tf.reshape(tf.matMul(tf.concat(unfolded, 0), cotangents), [kh, kw, channels, outputs]);
}

type Margins = [[number, number], [number, number], [number, number], [number, number]];

/** A margin on both sides of two axes: rows and columns. */
function around(pad: number, axes: readonly number[] = [1, 2]): Margins {
  return [0, 1, 2, 3].map((axis) => (axes.includes(axis) ? [pad, pad] : [0, 0])) as Margins;
}

/** [kh, kw, c, o] → [kh, kw, o, c] with rows and columns reversed: by a product with a permutation, which is exact. */
function halfTurn(filter: tf.Tensor4D): tf.Tensor4D {
  const [kh, kw, inputs, outputs] = filter.shape;
  const taps = kh * kw;
  const reversal = new Float32Array(taps * taps);
  for (let i = 0; i < taps; i++) reversal[i * taps + taps - 1 - i] = 1;
  const reversed = tf.matMul(
    tf.tensor2d(reversal, [taps, taps]),
    tf.reshape(filter, [taps, inputs * outputs]),
  );
  const swapped = tf.transpose(tf.reshape(reversed, [taps, inputs, outputs]), [0, 2, 1]);
  return tf.reshape(swapped, [kh, kw, outputs, inputs]);
}

/** Puts stride − 1 zeros between rows and between columns. */
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
