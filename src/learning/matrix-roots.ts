import {rootsByInverses} from './inverse-roots.ts';
import {rootsByNewton} from './newton-roots.ts';
import type {PositiveMatrix, Roots} from './positive-matrix.ts';
import type {ProductPool} from './products/product-pool.ts';

/**
 * A^(1/2) and A^(−1/2), with an error of at most 2⁻²⁸ of their largest eigenvalues and what rounding adds, which grows with
 * the ratio of the eigenvalues: by inverses, or by Newton's iteration where they would round too much.
 * @throws IllConditioned
 */
export async function matrixRoots(
  {values, size, least}: PositiveMatrix,
  pool: ProductPool,
  onStep: (step: number, steps: number) => Promise<void> = async () => undefined,
): Promise<Roots> {
  const bound = eigenvalueBound(values, size);
  for (let at = 0; at < values.length; at++) values[at]! /= bound;
  const matrix = {values, size, least: least / bound};
  const compute = matrix.least > mildCondition ? rootsByInverses : rootsByNewton;
  const {root, inverse} = await compute(matrix, pool, onStep);
  const factor = Math.sqrt(bound);
  for (let at = 0; at < root.length; at++) {
    root[at]! *= factor;
    inverse[at]! /= factor;
  }
  return {root, inverse};
}

/**
 * Ratio of the smallest to the largest eigenvalue below which inverses are too inexact. Their errors grow with its
 * square, since they are made of inverses of parts: to 10⁻⁹ of the largest element at this ratio, and to a tenth at 10⁻⁸.
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
