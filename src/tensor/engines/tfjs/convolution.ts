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
 * The transpose in the filter. Two equal forms: a convolution in which channels play the images and the cotangent plays
 * the filter; and, where there are so few channels that this starves, a product with the unfolded images.
 */
export function conv2dFilter(
  images: tf.Tensor4D,
  dy: tf.Tensor4D,
  {window: {stride, pad}, shape}: {readonly window: Window; readonly shape: Shape},
): tf.Tensor4D {
  const [kh, kw, channels] = shape as [number, number, number, number];
  const [n, h, w] = images.shape;
  const spread = dilate(dy, stride);
  const [, sh, sw, outputs] = spread.shape;
  const byChannel = tf.transpose(images, [3, 0, 1, 2]); // [c, n, h, w]
  if (channels >= fewChannels) {
    const asImages = tf.transpose(tf.reshape(byChannel, [channels, n, h * w]), [0, 2, 1]);
    const asFilter = tf.transpose(tf.reshape(spread, [n, sh * sw, outputs]), [1, 0, 2]);
    const product = tf.conv2d(
      tf.reshape<tf.Rank.R4>(asImages, [channels, h, w, n]),
      tf.reshape<tf.Rank.R4>(asFilter, [sh, sw, n, outputs]),
      1,
      // The far margin is what makes the result kh × kw: rows the stride stepped over meet zeros.
      [
        [0, 0],
        [pad, sh + kh - 1 - h - pad],
        [pad, sw + kw - 1 - w - pad],
        [0, 0],
      ].map((margins) => margins.map((margin) => Math.max(margin, 0))) as Margins,
    );
    return tf.transpose(tf.slice(product, [0, 0, 0, 0], [channels, kh, kw, outputs]), [1, 2, 0, 3]);
  }
  const padded = tf.pad(byChannel, [
    [0, 0],
    [0, 0],
    [pad, pad],
    [pad, pad],
  ]);
  const dy2d = tf.reshape(spread, [n * sh * sw, outputs]);
  const unfolded = Array.from({length: kh * kw}, (_, k) =>
    tf.reshape(tf.slice(padded, [0, 0, Math.floor(k / kw), k % kw], [channels, n, sh, sw]), [
      channels,
      n * sh * sw,
    ]),
  );
  return tf.reshape(tf.matMul(tf.concat(unfolded, 0), dy2d), [kh, kw, channels, outputs]);
}

/** From this many input channels on, the convolution form of the filter gradient is the faster one (measured). */
const fewChannels = 8;

type Margins = [[number, number], [number, number], [number, number], [number, number]];

function around(pad: number): Margins {
  return [
    [0, 0],
    [pad, pad],
    [pad, pad],
    [0, 0],
  ];
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
