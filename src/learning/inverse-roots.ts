import {Inverter} from './inverse.ts';
import type {PositiveMatrix, Roots} from './positive-matrix.ts';
import type {ProductPool} from './products/product-pool.ts';
import {sharedDoubles} from './products/shared-arrays.ts';
import {inverseRootPoles, type Pole} from './root-poles.ts';

/**
 * A^(1/2) and A^(−1/2), from inverses alone, in float64:
 * A^(−1/2) = Σⱼ wⱼ·(A + sⱼ·I)⁻¹,  A^(1/2) = A·A^(−1/2) = Σⱼ wⱼ·(I − sⱼ·(A + sⱼ·I)⁻¹)
 * with the shifts and weights of `inverseRootPoles`: each eigenvalue's root has a relative error of at most 2⁻²⁸ and what
 * rounding adds. Ten inverses suffice if no eigenvalue is 600 times another.
 * @param matrix no eigenvalue is larger than 1
 * @throws IllConditioned
 */
export async function rootsByInverses(
  {values, size, least}: PositiveMatrix,
  pool: ProductPool,
  onStep: (step: number, steps: number) => Promise<void>,
): Promise<Roots> {
  const poles = inverseRootPoles(Math.min(least, 1));
  const inverter = new Inverter(size, pool);
  const [root, inverse] = [new Float64Array(values.length), new Float64Array(values.length)];
  const shifted = sharedDoubles(values.length);
  for (const [step, pole] of poles.entries()) {
    await onStep(step, poles.length);
    shifted.set(values);
    addToDiagonal(shifted, size, pole.shift);
    await inverter.invert(shifted);
    addPole(shifted, pole, {root, inverse});
    addToDiagonal(root, size, pole.weight);
  }
  return {root, inverse};
}

function addToDiagonal(values: Float64Array, size: number, by: number): void {
  for (let i = 0; i < size; i++) values[i * size + i]! += by;
}

/** Adds what a pole gives to the roots, but for the part of the identity. */
function addPole(inverted: Float64Array, {shift, weight}: Pole, {root, inverse}: Roots): void {
  const toRoot = weight * shift;
  for (let at = 0; at < inverted.length; at++) {
    inverse[at]! += weight * inverted[at]!;
    root[at]! -= toRoot * inverted[at]!;
  }
}
