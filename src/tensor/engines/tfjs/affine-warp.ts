/**
 * Images sampled through affine maps: the host computes four taps for each pixel from the maps, and the backend gathers
 * them.
 */
import * as tf from '@tensorflow/tfjs-core';

/** y[b, p] = Σₜ weight[b, p, t] · x[b, pixel[b, p, t]] */
export function affineWarp(x: tf.Tensor4D, map: tf.Tensor): tf.Tensor4D {
  const [n, h, w, c] = x.shape;
  const {pixels, weights} = taps(map, x.shape);
  const gathered = tf.gather(tf.reshape(x, [n * h * w, c]), pixels); // [4·n·h·w, c]
  const weighted = tf.reshape(tf.mul(gathered, weights), [4, n, h, w, c]);
  return tf.sum(weighted, 0);
}

/** x[b, q] = Σ over the taps (p, t) of pixel q: weight[b, p, t] · v[b, p] */
export function affineWarpTranspose(v: tf.Tensor4D, map: tf.Tensor): tf.Tensor4D {
  const [n, h, w, c] = v.shape;
  const {pixels, weights} = taps(map, v.shape);
  const repeated = tf.add(tf.reshape(v, [1, n * h * w, c]), tf.zeros([4, 1, 1]));
  const weighted = tf.mul(tf.reshape(repeated, [4 * n * h * w, c]), weights);
  const scattered = tf.scatterND(tf.reshape(pixels, [-1, 1]), weighted, [n * h * w, c]);
  return tf.reshape(scattered, v.shape);
}

/** The positions of the four neighbours of each sampled point among n·h·w pixels, and their weights; [4·n·h·w]. */
function taps(
  map: tf.Tensor,
  [n, h, w]: readonly number[],
): {readonly pixels: tf.Tensor1D; readonly weights: tf.Tensor2D} {
  const maps = map.dataSync();
  const count = n! * h! * w!;
  const pixels = new Int32Array(4 * count);
  const weights = new Float32Array(4 * count);
  for (let p = 0; p < count; p++) {
    const image = Math.floor(p / (h! * w!));
    const i = Math.floor(p / w!) % h!;
    const j = p % w!;
    const m = 6 * image;
    const row = maps[m]! * i + maps[m + 1]! * j + maps[m + 2]!;
    const column = maps[m + 3]! * i + maps[m + 4]! * j + maps[m + 5]!;
    const [r, q] = [Math.floor(row), Math.floor(column)];
    for (let t = 0; t < 4; t++) {
      const [y, x] = [r + (t >> 1), q + (t & 1)];
      if (y < 0 || y >= h! || x < 0 || x >= w!) continue; // Pixels outside count as zero: weight 0 on pixel 0.
      pixels[t * count + p] = (image * h! + y) * w! + x;
      weights[t * count + p] = (1 - Math.abs(row - y)) * (1 - Math.abs(column - x));
    }
  }
  return {pixels: tf.tensor1d(pixels, 'int32'), weights: tf.tensor2d(weights, [4 * count, 1])};
}
