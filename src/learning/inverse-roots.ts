import {Inverter} from './inverse.ts';
import type {PositiveMatrix, Roots} from './positive-matrix.ts';
import type {Product} from './products/product.ts';
import type {ProductPool} from './products/product-pool.ts';
import {sharedDoubles} from './products/shared-arrays.ts';
import {inverseRootPoles, type Pole} from './root-poles.ts';

/**
 * A^(1/2) and A^(−1/2), with an error of at most 2⁻²⁸ of their largest eigenvalues and what rounding adds. Inverses in
 * float64 give both but for a relative error of `inexact` in each eigenvalue:
 * Z = Σⱼ wⱼ·(A + sⱼ·I)⁻¹,  Y = A·Z = Σⱼ wⱼ·(I − sⱼ·(A + sⱼ·I)⁻¹)
 * with the shifts and weights of `inverseRootPoles`, of which three suffice if no eigenvalue is 600 times another.
 * `correct` does the rest, for less work than the seven further inverses that would.
 * @param matrix overwritten; no eigenvalue is larger than 1
 * @throws IllConditioned
 */
export async function rootsByInverses(
  matrix: PositiveMatrix,
  pool: ProductPool,
  onStep: (step: number, steps: number) => Promise<void>,
): Promise<Roots> {
  const poles = inverseRootPoles(Math.min(matrix.least, 1), inexact);
  const steps = poles.length + productsOfCorrection;
  let step = 0;
  const next = async (): Promise<void> => await onStep(step++, steps);
  const work = {pool, next, spare: sharedDoubles(matrix.values.length)};
  const roots = await sumPoles(matrix, poles, work);
  await correct(roots, matrix, work);
  return roots;
}

interface Work {
  readonly pool: ProductPool;
  /** Called before each step. */
  readonly next: () => Promise<void>;
  /** Room for a matrix. */
  readonly spare: Float64Array;
}

/** The largest relative error that `correct` can take away. Its E is then at most 1/39. */
const inexact = 1 / 80;

async function sumPoles(
  {values, size}: PositiveMatrix,
  poles: readonly Pole[],
  {pool, next, spare: shifted}: Work,
): Promise<Roots> {
  const inverter = new Inverter(size, pool);
  const [root, inverse] = [sharedDoubles(values.length), sharedDoubles(values.length)];
  for (const pole of poles) {
    await next();
    shifted.set(values);
    addToDiagonal(shifted, size, pole.shift);
    await inverter.invert(shifted);
    addPole(shifted, pole, {root, inverse});
    addToDiagonal(root, size, pole.weight);
  }
  return {root, inverse};
}

const productsOfCorrection = 5;

/**
 * Multiplies Y and Z = A⁻¹·Y, and thus Z·Y = I − E, by
 * (I − E)^(−1/2) = I + E/2 + 3/8·E² + 5/16·E³ + 35/128·E⁴ + …
 * without the rest, which is less than E⁵/3. E is small, so that float32 suffices for all but its own computation.
 * @param matrix whose values are overwritten
 */
async function correct(
  {root, inverse}: Roots,
  {values: square, size}: PositiveMatrix,
  {pool, next, spare: e}: Work,
): Promise<void> {
  const series = sharedDoubles(square.length);
  const multiply = async (
    left: Float64Array,
    right: Float64Array,
    result: Float64Array,
    settings: Pick<Product, 'precision' | 'isAdded' | 'scale' | 'diagonal'>,
  ): Promise<void> => {
    await next();
    await pool.compute({...ofPolynomials(left, right, size), result, ...settings});
  };
  await multiply(inverse, root, e, {precision: 'double', scale: -1, diagonal: 1});
  await multiply(e, e, square, {precision: 'single'});
  for (let at = 0; at < e.length; at++) {
    series[at] = e[at]! / 2 + (3 / 8) * square[at]!;
    e[at] = (5 / 16) * e[at]! + (35 / 128) * square[at]!;
  }
  await multiply(e, square, series, {precision: 'single', isAdded: true});
  // Most eigenvalues of a covariance are about 0, and those of the series about equal: what they have in common needs no
  // product, and would be most of what float32 rounds.
  const common = meanOfDiagonal(series, size);
  addToDiagonal(series, size, -common);
  for (const matrix of [root, inverse]) {
    await multiply(matrix, series, e, {precision: 'single'});
    for (let at = 0; at < matrix.length; at++) matrix[at]! += common * matrix[at]! + e[at]!;
  }
}

/** The product of two polynomials in one symmetric matrix, which is symmetric, too. */
function ofPolynomials(
  left: Float64Array,
  right: Float64Array,
  size: number,
): Omit<Product, 'precision' | 'result'> {
  const [extent, strides] = [
    {rows: size, columns: size, depth: size},
    {rowStride: size, depthStride: 1},
  ];
  return {
    ...extent,
    left: {...strides, values: left},
    right: {...strides, values: right},
    isSymmetric: true,
  };
}

function addToDiagonal(values: Float64Array, size: number, by: number): void {
  for (let i = 0; i < size; i++) values[i * size + i]! += by;
}

function meanOfDiagonal(values: Float64Array, size: number): number {
  let sum = 0;
  for (let i = 0; i < size; i++) sum += values[i * size + i]!;
  return sum / size;
}

/** Adds what a pole gives to the roots, but for the part of the identity. */
function addPole(inverted: Float64Array, {shift, weight}: Pole, {root, inverse}: Roots): void {
  const toRoot = weight * shift;
  for (let at = 0; at < inverted.length; at++) {
    inverse[at]! += weight * inverted[at]!;
    root[at]! -= toRoot * inverted[at]!;
  }
}
