import {IllConditioned, type PositiveMatrix, type Roots} from './positive-matrix.ts';
import type {ProductPool} from './products/product-pool.ts';
import type {Product} from './products/product.ts';
import {sharedDoubles} from './products/shared-arrays.ts';

/**
 * A^(1/2) and A^(−1/2), by the coupled iteration of Newton and Schulz, which consists of matrix products:
 * Y ← Y·H,  Z ← H·Z,  H = μ(3I − μ²·Z·Y)/2,  from Y = A and Z = I to Y = A^(1/2) and Z = A^(−1/2).
 * μ makes the smallest eigenvalue grow as much as possible without the largest growing (Chen and Chow 2014), so that
 * few steps suffice. All matrices are polynomials in A and thus symmetric, but their halves drift apart: whole products
 * are computed, so that errors do not grow from step to step.
 * @param matrix overwritten; no eigenvalue is larger than 1
 * @throws IllConditioned
 */
export async function rootsByNewton(
  {values, size, least}: PositiveMatrix,
  pool: ProductPool,
  onStep: (step: number, steps: number) => Promise<void>,
): Promise<Roots> {
  const scalings = scalingsFrom(Math.sqrt(least));
  let y = values;
  let [z, spare] = [sharedDoubles(y.length), sharedDoubles(y.length)];
  const h = sharedDoubles(y.length);
  for (const [step, scaling] of scalings.entries()) {
    await onStep(step, scalings.length);
    const halves = {scale: -(scaling * scaling * scaling) / 2, diagonal: 1.5 * scaling};
    if (step === 0) {
      addIdentity(y, h, {size, ...halves});
      z.set(h);
    } else await pool.compute({...product(z, y, size, h), ...halves});
    await pool.compute(product(y, h, size, spare));
    [y, spare] = [spare, y];
    if (step === 0) continue;
    await pool.compute(product(h, z, size, spare));
    [z, spare] = [spare, z];
  }
  assertIdentity(h, size);
  return {root: y, inverse: z};
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
  size: number,
  result: Float64Array,
): Product {
  return {
    left: {values: left, rowStride: size, depthStride: 1},
    right: {values: right, rowStride: 1, depthStride: size},
    rows: size,
    columns: size,
    depth: size,
    precision: 'double',
    result,
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
