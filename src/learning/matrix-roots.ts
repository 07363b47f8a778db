import {sharedDoubles, type ProductPool} from './products/product-pool.ts';
import type {Product} from './products/product.ts';

/** The roots cannot be computed in float64: the matrix is not positive, or its condition number is too large. */
export class IllConditioned extends Error {
  override readonly name = 'IllConditioned';
}

/** A symmetric matrix A > 0. */
export interface PositiveMatrix {
  /** [size, size], in shared memory. `matrixRoots` overwrites it. */
  readonly values: Float64Array;
  readonly size: number;
  /** A lower bound of the eigenvalues. */
  readonly least: number;
}

/**
 * A^(1/2) and A^(−1/2), by the coupled iteration of Newton and Schulz, which consists of matrix products:
 * Y ← Y·H,  Z ← H·Z,  H = μ(3I − μ²·Z·Y)/2,  from Y = A/c and Z = I to Y = (A/c)^(1/2) and Z = (A/c)^(−1/2).
 * μ makes the smallest eigenvalue grow as much as possible without the largest growing (Chen and Chow 2014), so that
 * few steps suffice. All matrices are polynomials in A and thus symmetric; only half of each is computed where that is
 * accurate.
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
 * Ratio of the smallest to the largest eigenvalue above which nearly symmetric matrices are treated as symmetric, which
 * costs at most four of sixteen digits. Below it the errors would grow from step to step, so whole products are
 * computed.
 */
const mildCondition = 1e-4;

/** An upper bound of the largest eigenvalue: the smaller of two norms. */
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

/** At a smaller distance from 1 than this, one more step leaves only rounding errors. */
const almostOne = 1e-8;
/** A limit that no float64 reaches: the smallest one takes 750 steps. */
const maxSteps = 800;

/** μ of each step. `smallest` is the square root of the smallest eigenvalue of Z·Y at first; the largest is 1. */
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
  // A symmetric matrix's rows equal its columns, and rows are read faster.
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

/** Checks that H was I at the last step, up to an error that this step has corrected. */
function assertIdentity(h: Float64Array, size: number): void {
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) {
      const distance = Math.abs(h[i * size + j]! - (i === j ? 1 : 0));
      if (distance < 1e-4) continue;
      throw new IllConditioned('rounding errors are larger than the smallest eigenvalues');
    }
  }
}
