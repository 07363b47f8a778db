import {EigenvalueDecomposition, Matrix} from 'ml-matrix';
import type {Transform} from './data/dataset.ts';
import {affineRows, symmetricMoments} from './whitening-products.ts';
import type {Pixels, Tick} from './whitening-products.ts';

// The official program flattens images C, H, W and ours H, W, C. Permuting the pixels permutes the rows and columns of Σ,
// and with them those of W = (Σ + eps·I)^(−1/2): the whitened images are the same, permuted.

/** Images to fit a transform to, one row of `size` pixels each. Bytes stand for 0 … 1, floats for themselves. */
export interface Rows {
  readonly pixels: Pixels;
  readonly size: number;
  readonly count: number;
}

/**
 * Fits ZCA whitening:
 *   Σ = (X−μ)ᵀ(X−μ) / (n−1) = U diag(S) Uᵀ,  W = U diag((S+eps)^(−1/2)) Uᵀ,  W⁻¹ = U diag((S+eps)^(1/2)) Uᵀ
 * in float64; on bytes Σ is exact but for one rounding of each element.
 */
export async function fitZca(
  rows: Rows,
  eps: number,
  tick?: Tick,
): Promise<Transform & {readonly kind: 'zca'}> {
  const {mean, covariance} = await meanAndCovariance(rows, tick);
  const {vectors, values} = eigen(covariance, rows.size);
  // Rounding may leave an eigenvalue that should be 0 a little below it.
  const spread = values.map((value) => Math.sqrt(Math.max(value, 0) + eps));
  return {
    kind: 'zca',
    mean: Float32Array.from(mean),
    whitening: recompose(vectors, (k) => 1 / spread[k]!),
    inverse: recompose(vectors, (k) => spread[k]!),
    eps,
  };
}

/** Fits standardisation: mean and population standard deviation of each channel over all pixels of all images. */
export function fitStandardise(
  rows: Rows,
  channels: number,
): Transform & {readonly kind: 'standardise'} {
  const scale = unitOf(rows.pixels);
  const sums = new Float64Array(channels);
  const squares = new Float64Array(channels);
  const length = rows.count * rows.size;
  for (let i = 0; i < length; i++) {
    const value = rows.pixels[i]!;
    sums[i % channels]! += value;
    squares[i % channels]! += value * value;
  }
  const n = length / channels;
  const mean = Float32Array.from(sums, (sum) => (sum / n) * scale);
  const variance = sums.map((sum, c) => squares[c]! / n - (sum / n) ** 2);
  return {kind: 'standardise', mean, std: Float32Array.from(variance, (v) => Math.sqrt(v) * scale)};
}

/** What networks see of these images: transformed, as float32. */
export async function applyTransform(
  transform: Transform,
  rows: Rows,
  tick?: Tick,
): Promise<Float32Array> {
  const scale = unitOf(rows.pixels);
  if (transform.kind === 'standardise') {
    const {mean, std} = transform;
    const channels = mean.length;
    return Float32Array.from({length: rows.count * rows.size}, (_, i) => {
      const c = i % channels;
      return (rows.pixels[i]! * scale - mean[c]!) / std[c]!;
    });
  }
  // (x − μ)·W = x·W − μ·W
  const {mean, whitening} = transform;
  const offset = timesMatrix(mean, whitening).map((value) => -value);
  return affineRows({...rows, matrix: whitening, scale, offset}, tick);
}

/** Undoes a transform: pixels in about 0 … 1, not clipped. @param images float32, as networks see them */
export async function invertTransform(
  transform: Transform,
  images: Float32Array,
): Promise<Float32Array> {
  const {mean} = transform;
  if (transform.kind === 'standardise') {
    const channels = mean.length;
    return images.map((value, i) => value * transform.std[i % channels]! + mean[i % channels]!);
  }
  const size = mean.length;
  const rows = {pixels: images, size, count: images.length / size, scale: 1};
  return affineRows({...rows, matrix: transform.inverse, offset: Float64Array.from(mean)});
}

async function meanAndCovariance(
  {pixels, size, count}: Rows,
  tick?: Tick,
): Promise<{mean: Float64Array; covariance: Float64Array}> {
  const {sums, products} = await symmetricMoments({pixels, size, count}, tick);
  const scale = unitOf(pixels);
  const norm = (scale * scale) / (count * (count - 1));
  const covariance = products;
  for (let i = 0; i < size; i++) {
    for (let j = i; j < size; j++) {
      // On bytes all of these are whole numbers below 2^53.
      const value = (count * products[i * size + j]! - sums[i]! * sums[j]!) * norm;
      covariance[i * size + j] = value;
      covariance[j * size + i] = value;
    }
  }
  return {mean: sums.map((sum) => (sum * scale) / count), covariance};
}

/** Of a symmetric matrix: eigenvectors as columns. */
function eigen(matrix: Float64Array, size: number): {vectors: Matrix; values: readonly number[]} {
  const rows = Matrix.from1DArray(size, size, matrix);
  const decomposition = new EigenvalueDecomposition(rows, {assumeSymmetric: true});
  return {vectors: decomposition.eigenvectorMatrix, values: decomposition.realEigenvalues};
}

/** U diag(f(0), f(1), …) Uᵀ, symmetric to the last bit. */
function recompose(vectors: Matrix, f: (k: number) => number): Float32Array {
  const d = vectors.columns;
  const u = Float64Array.from(vectors.to1DArray());
  const scaled = u.map((value, at) => value * f(at % d));
  const result = new Float32Array(d * d);
  for (let i = 0; i < d; i++) {
    for (let j = i; j < d; j++) {
      let sum = 0;
      for (let k = 0; k < d; k++) sum += scaled[i * d + k]! * u[j * d + k]!;
      result[i * d + j] = sum;
      result[j * d + i] = sum;
    }
  }
  return result;
}

function timesMatrix(vector: Float32Array, matrix: Float32Array): Float64Array {
  const d = vector.length;
  const result = new Float64Array(d);
  for (let k = 0; k < d; k++) {
    for (let j = 0; j < d; j++) result[j]! += vector[k]! * matrix[k * d + j]!;
  }
  return result;
}

/** What one step of a pixel's value is worth in [0, 1]. */
function unitOf(pixels: Pixels): number {
  return pixels instanceof Uint8Array ? 1 / 255 : 1;
}
