import {matrixRoots} from './matrix-roots.ts';
import type {Operand} from './products/pack.ts';
import type {Product} from './products/product.ts';
import type {ProductPool} from './products/product-pool.ts';
import {sharedDoubles} from './products/shared-arrays.ts';

/** Images less their mean, one row of `size` numbers each. */
export interface CentredRows {
  /** [count, size], in memory that all threads see. */
  readonly values: Float64Array;
  readonly count: number;
  readonly size: number;
}

/** Called before each step. */
type OnStep = (step: number, steps: number) => Promise<void>;

/**
 * (Σ + eps·I)^(1/2) and (Σ + eps·I)^(−1/2) for Σ = XᵀX/(n−1), from the matrix G = XXᵀ/(n−1) of n × n. Σ and G have the same
 * eigenvalues but for zeros, so that with R = (G + eps·I)^(1/2) and e = √eps
 *   (Σ + eps·I)^(1/2)  = e·I + Xᵀ·(R + e·I)⁻¹·X/(n−1)
 *   (Σ + eps·I)^(−1/2) = I/e − Xᵀ·R⁻¹·(R + e·I)⁻¹·X/(e·(n−1))
 * which is the transform of the covariance, up to rounding, for a fraction of the work where images are few.
 * @throws IllConditioned
 */
export async function rootsByGram(
  rows: CentredRows,
  eps: number,
  pool: ProductPool,
  onStep?: OnStep,
): Promise<{readonly root: Float64Array; readonly inverse: Float64Array}> {
  const {values, count, size} = rows;
  const e = Math.sqrt(eps);
  const images = {values, rowStride: size, depthStride: 1};
  const gram = await multiply(images, images, {
    rows: count,
    columns: count,
    depth: size,
    isSymmetric: true,
    scale: 1 / (count - 1),
    diagonal: eps,
    pool,
  });
  const {root, inverse} = await matrixRoots({values: gram, size: count, least: eps}, pool, onStep);
  for (let i = 0; i < count; i++) root[i * count + i]! += e;
  const half = await matrixRoots({values: root, size: count, least: 2 * e}, pool, onStep);
  const square = {rows: count, columns: count, depth: count, pool};
  const reciprocal = await multiply(symmetric(half.inverse), symmetric(half.inverse), square);
  const damped = await multiply(symmetric(inverse), symmetric(reciprocal), square);
  const n = count - 1;
  return {
    root: await spread(reciprocal, rows, {scale: 1 / n, diagonal: e, pool}),
    inverse: await spread(damped, rows, {scale: -1 / (e * n), diagonal: 1 / e, pool}),
  };

  function symmetric(values: Float64Array): Operand {
    return {values, rowStride: count, depthStride: 1};
  }
}

/** scale·Xᵀ·M·X + diagonal·I for a symmetric M. */
async function spread(
  matrix: Float64Array,
  {values, count, size}: CentredRows,
  factors: {readonly scale: number; readonly diagonal: number} & WithPool,
): Promise<Float64Array> {
  const pixels = {values, rowStride: 1, depthStride: size};
  const left = {values: matrix, rowStride: count, depthStride: 1};
  const mixed = await multiply(left, pixels, {
    rows: count,
    columns: size,
    depth: count,
    pool: factors.pool,
  });
  return await multiply(
    pixels,
    {...pixels, values: mixed},
    {rows: size, columns: size, depth: count, isSymmetric: true, ...factors},
  );
}

/** A new matrix scale·left·rightᵀ + diagonal·I, in float64. */
async function multiply(
  left: Operand,
  right: Operand,
  {pool, ...product}: Omit<Product, 'left' | 'right' | 'precision' | 'result'> & WithPool,
): Promise<Float64Array> {
  const result = sharedDoubles(product.rows * product.columns);
  await pool.compute({...product, left, right, precision: 'double', result});
  return result;
}

interface WithPool {
  readonly pool: ProductPool;
}
