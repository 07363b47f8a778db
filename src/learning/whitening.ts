import type {Transform} from './data/dataset.ts';
import {IllConditioned} from './positive-matrix.ts';
import {matrixRoots} from './matrix-roots.ts';
import {rootsByGram} from './gram-roots.ts';
import {ProductPool} from './products/product-pool.ts';
import {sharedDoubles} from './products/shared-arrays.ts';
import {mapRows, symmetricMoments} from './whitening-products.ts';
import type {Pixels, Tick} from './whitening-products.ts';

// The official program flattens images as C, H, W, and we flatten them as H, W, C. A permutation of the pixels permutes
// rows and columns of Σ and of W = (Σ + eps·I)^(−1/2): the whitened images are the same, permuted.

/**
 * Images that a transform is fitted to, one row of `size` pixels each. Bytes stand for 0 … 1, floats for themselves.
 */
export interface Rows {
  readonly pixels: Pixels;
  readonly size: number;
  readonly count: number;
}

/** The threads that compute a transform, and the callbacks for its progress. */
export interface Whitening {
  readonly pool?: ProductPool;
  /** Called between chunks of images, with the number of images processed. */
  readonly tick?: Tick;
  /** Called before each step that follows the pass over the images. */
  readonly onStep?: (step: number, steps: number) => Promise<void>;
}

/**
 * Fits ZCA whitening:
 * Σ = (X−μ)ᵀ(X−μ) / (n−1),  W = (Σ + eps·I)^(−1/2),  W⁻¹ = (Σ + eps·I)^(1/2)
 * with the covariance in float64, and roots that are closer to the exact ones than float32 (`matrixRoots`). For bytes Σ is
 * exact but for one rounding of each element.
 * @throws IllConditioned if `eps` is too small or too large
 */
export async function fitZca(
  rows: Rows,
  eps: number,
  {pool = new ProductPool(1), tick, onStep}: Whitening = {},
): Promise<Transform & {readonly kind: 'zca'}> {
  // By the smaller matrix where that is less work: its roots are taken twice, and images are multiplied besides.
  const isFew = 2 * rows.count <= rows.size;
  const by = isFew ? fitByGram : fitByCovariance;
  const {mean, root, inverse} = await by(rows, eps, {pool, tick, onStep});
  // Not `from`, which asks an iterator for each number.
  const [whitening, unwhitening] = [new Float32Array(inverse), new Float32Array(root)];
  // Where Σ is negligible, the elements are 1/√eps and √eps, which may exceed the range of float32.
  if (![whitening, unwhitening].every(isFinite)) {
    throw new IllConditioned('its root is beyond float32');
  }
  return {kind: 'zca', mean: Float32Array.from(mean), whitening, inverse: unwhitening, eps};
}

function isFinite(matrix: Float32Array): boolean {
  for (let at = 0; at < matrix.length; at++) {
    if (!Number.isFinite(matrix[at])) return false;
  }
  return true;
}

interface FittedRoots {
  readonly mean: Float64Array;
  readonly root: Float64Array;
  readonly inverse: Float64Array;
}

interface Fitting {
  readonly pool: ProductPool;
  readonly tick: Whitening['tick'] | undefined;
  readonly onStep: Whitening['onStep'] | undefined;
}

/** By the matrix of d × d: (Σ + eps·I). */
export async function fitByCovariance(
  rows: Rows,
  eps: number,
  {pool, tick, onStep}: Fitting,
): Promise<FittedRoots> {
  const {size} = rows;
  const {mean, covariance} = await meanAndCovariance(rows, {pool, ...(tick && {tick})});
  for (let i = 0; i < size; i++) covariance[i * size + i]! += eps;
  const matrix = {values: covariance, size, least: eps};
  return {mean, ...(await matrixRoots(matrix, pool, onStep))};
}

/** By the matrix of n × n (`rootsByGram`). */
export async function fitByGram(
  {pixels, count, size}: Rows,
  eps: number,
  {pool, tick, onStep}: Fitting,
): Promise<FittedRoots> {
  const scale = unitOf(pixels);
  const sums = new Float64Array(size);
  for (let at = 0; at < count * size; at++) sums[at % size]! += pixels[at]!;
  const mean = sums.map((sum) => (sum * scale) / count);
  const values = sharedDoubles(count * size);
  for (let at = 0; at < values.length; at++) values[at] = pixels[at]! * scale - mean[at % size]!;
  await tick?.(count);
  return {mean, ...(await rootsByGram({values, count, size}, eps, pool, onStep))};
}

/** A channel has the same value in all images, but for rounding, so its deviation cannot be a divisor. */
export class ConstantChannel extends Error {
  override readonly name = 'ConstantChannel';
  readonly channel: number;
  /** In the unit of the pixels: 0 … 255 for bytes. */
  readonly value: number;

  constructor(channel: number, value: number) {
    super(`Channel ${channel} is ${value} throughout`);
    this.channel = channel;
    this.value = value;
  }
}

/**
 * Fits standardisation: mean and population standard deviation of each channel over all pixels of all images.
 * @throws ConstantChannel
 */
export function fitStandardise(
  rows: Rows,
  channels: number,
): Transform & {readonly kind: 'standardise'} {
  const scale = unitOf(rows.pixels);
  const {mean, variance} = channelMoments(rows, channels);
  const deviation = variance.map(Math.sqrt);
  const constant = deviation.findIndex((d, c) => !(d > minDeviation * Math.abs(mean[c]!)));
  if (constant >= 0) throw new ConstantChannel(constant, mean[constant]!);
  return {
    kind: 'standardise',
    mean: Float32Array.from(mean, (value) => value * scale),
    std: Float32Array.from(deviation, (value) => value * scale),
  };
}

/**
 * Half a unit in the last place of a float32: means are rounded by this amount, so a smaller deviation is
 * indistinguishable from rounding.
 */
const minDeviation = 2 ** -24;

/** Mean and deviation of each channel, in the pixels' own unit. */
function channelMoments(
  {pixels, size, count}: Rows,
  channels: number,
): {readonly mean: Float64Array; readonly variance: Float64Array} {
  const length = count * size;
  const n = length / channels;
  const sums = new Float64Array(channels);
  const squares = new Float64Array(channels);
  for (let i = 0; i < length; i++) sums[i % channels]! += pixels[i]!;
  const mean = sums.map((sum) => sum / n);
  // For bytes both sums are exact whole numbers. For floats, the values are centred first: the difference of two large
  // sums would lose all digits.
  const centre = pixels instanceof Uint8Array ? new Float64Array(channels) : mean;
  for (let i = 0; i < length; i++)
    squares[i % channels]! += (pixels[i]! - centre[i % channels]!) ** 2;
  const variance = squares.map((sum, c) => sum / n - (mean[c]! - centre[c]!) ** 2);
  return {mean, variance};
}

/** Applies a transform: the images as networks take them, in float32. */
export async function applyTransform(
  transform: Transform,
  rows: Rows,
  {pool = new ProductPool(1), tick}: Whitening = {},
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
  const {mean, whitening: matrix} = transform;
  return await mapRows({...rows, matrix, scale, mean: Float64Array.from(mean)}, pool, tick);
}

/** Undoes a transform: pixels in about 0 … 1, not clipped. @param images float32, as networks take them */
export async function invertTransform(
  transform: Transform,
  images: Float32Array,
  {pool = new ProductPool(1), tick}: Whitening = {},
): Promise<Float32Array> {
  const {mean} = transform;
  if (transform.kind === 'standardise') {
    const channels = mean.length;
    return images.map((value, i) => value * transform.std[i % channels]! + mean[i % channels]!);
  }
  const size = mean.length;
  const rows = {pixels: images, size, count: images.length / size, scale: 1};
  const offset = Float64Array.from(mean);
  return await mapRows({...rows, matrix: transform.inverse, offset}, pool, tick);
}

async function meanAndCovariance(
  {pixels, size, count}: Rows,
  {pool, tick}: {readonly pool: ProductPool; readonly tick?: Tick},
): Promise<{mean: Float64Array; covariance: Float64Array}> {
  const {sums, products} = await symmetricMoments({pixels, size, count}, pool, tick);
  const scale = unitOf(pixels);
  const norm = (scale * scale) / (count * (count - 1));
  const covariance = products;
  for (let i = 0; i < size; i++) {
    for (let j = i; j < size; j++) {
      // For bytes all of these are whole numbers below 2^53.
      const value = (count * products[i * size + j]! - sums[i]! * sums[j]!) * norm;
      covariance[i * size + j] = value;
      covariance[j * size + i] = value;
    }
  }
  return {mean: sums.map((sum) => (sum * scale) / count), covariance};
}

/** The factor from a pixel's unit to [0, 1]. */
function unitOf(pixels: Pixels): number {
  return pixels instanceof Uint8Array ? 1 / 255 : 1;
}
