import {sharedDoubles, type ProductPool} from './products/product-pool.ts';
import type {Product} from './products/product.ts';

/** The roots cannot be computed in float64: the matrix is not positive, or its condition is too bad. */
export class IllConditioned extends Error {
  override readonly name = 'IllConditioned';
}

/** A symmetric matrix A > 0. */
export interface PositiveMatrix {
  /** [size, size], in memory that all threads see. Used up. */
  readonly values: Float64Array;
  readonly size: number;
  /** No eigenvalue is smaller. */
  readonly least: number;
}

/**
 * A^(1/2) and A^(−1/2), by the coupled iteration of Newton and Schulz, which is all products of matrices:
 *   Y ← Y·H,  Z ← H·Z,  H = μ(3I − μ²·Z·Y)/2,  from Y = A/c and Z = I to Y = (A/c)^(1/2) and Z = (A/c)^(−1/2).
 * μ makes the smallest eigenvalue grow as much as it can without the largest growing (Chen and Chow 2014), so that few
 * steps suffice. All matrices are polynomials in A and thus symmetric; half of each is computed where that is accurate.
 * @throws IllConditioned
 */
export async function matrixRoots(
  {values, size, least}: PositiveMatrix,
  pool: ProductPool,
  onStep: (step: number, steps: number) => Promise<void> = async () => undefined,
): Promise<{readonly root: Float64Array; readonly inverse: Float64Array}> {
  const bound = eigenvalueBound(values, size);
  const of = {size, isSymmetric: least / bound > mildCondition};
  const scalings = scalingsFrom(Math.sqrt(least / bound));
  let y = values;
  for (let at = 0; at < y.length; at++) y[at]! /= bound;
  let [z, spare] = [sharedDoubles(y.length), sharedDoubles(y.length)];
  const h = sharedDoubles(y.length);
  for (const [step, scaling] of scalings.entries()) {
    await onStep(step, scalings.length);
    const halves = {scale: -(scaling ** 3) / 2, diagonal: 1.5 * scaling};
    if (step === 0) {
      addIdentity(y, h, {size, ...halves});
      z.set(h);
    } else await pool.compute(product(z, y, {...of, result: h, ...halves}));
    await pool.compute(product(y, h, {...of, result: spare}));
    [y, spare] = [spare, y];
    if (step === 0) continue;
    await pool.compute(product(h, z, {...of, result: spare}));
    [z, spare] = [spare, z];
  }
  assertIdentity(h, size);
  const factor = Math.sqrt(bound);
  return {root: y.map((value) => value * factor), inverse: z.map((value) => value / factor)};
}

/**
 * Up to this condition, taking matrices for symmetric that are it only but for rounding leaves twelve digits of sixteen.
 * Beyond, the errors would grow from step to step, which whole products do not let them.
 */
const mildCondition = 1e-4;

/** What the largest eigenvalue cannot exceed: two norms do, and the smaller is taken. */
function eigenvalueBound(values: Float64Array, size: number): number {
  let [largestRow, squares] = [0, 0];
  for (let i = 0; i < size; i++) {
    let row = 0;
    for (let j = 0; j < size; j++) {
      const value = values[i * size + j]!;
      row += Math.abs(value);
      squares += value * value;
    }
    largestRow = Math.max(largestRow, row);
  }
  return Math.min(largestRow, Math.sqrt(squares));
}

/** Below this distance from 1, one more step leaves nothing but rounding. */
const almostOne = 1e-8;
/** From the smallest float64 there is, it takes 750. */
const maxSteps = 800;

/** μ of each step, from what the smallest eigenvalue of Z·Y, as a root, is at first; the largest is 1. */
function scalingsFrom(smallest: number): readonly number[] {
  const scalings: number[] = [];
  for (let low = smallest; scalings.length < maxSteps;) {
    const scaling = Math.sqrt(3 / (1 + low + low * low));
    scalings.push(scaling);
    if (1 - low < almostOne) return scalings;
    low = Math.min(1, (scaling * low * (3 - scaling * scaling * low * low)) / 2);
  }
  throw new IllConditioned('the smallest eigenvalue is too small beside the largest');
}

function product(
  left: Float64Array,
  right: Float64Array,
  {
    size,
    isSymmetric,
    result,
    scale = 1,
    diagonal = 0,
  }: {
    readonly size: number;
    readonly isSymmetric: boolean;
    readonly result: Float64Array;
    readonly scale?: number;
    readonly diagonal?: number;
  },
): Product {
  const rows = {rowStride: size, depthStride: 1, scale: 1};
  // The rows of a symmetric matrix are its columns, and are read faster.
  const columns = isSymmetric ? rows : {rowStride: 1, depthStride: size, scale: 1};
  return {
    left: {...rows, values: left},
    right: {...columns, values: right},
    rows: size,
    columns: size,
    depth: size,
    precision: 'double',
    isSymmetric,
    result,
    scale,
    diagonal,
    isAdded: false,
  };
}

function addIdentity(
  from: Float64Array,
  to: Float64Array,
  {
    size,
    scale,
    diagonal,
  }: {readonly size: number; readonly scale: number; readonly diagonal: number},
): void {
  for (let at = 0; at < to.length; at++) to[at] = scale * from[at]!;
  for (let i = 0; i < size; i++) to[i * size + i]! += diagonal;
}

/** At the last step H must have been I, up to what that step has put right. */
function assertIdentity(h: Float64Array, size: number): void {
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) {
      const distance = Math.abs(h[i * size + j]! - (i === j ? 1 : 0));
      if (distance < 1e-4) continue;
      throw new IllConditioned('rounding errors are larger than the smallest eigenvalues');
    }
  }
}
