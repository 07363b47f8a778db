import assert from 'node:assert/strict';
import {test} from 'node:test';
import {IllConditioned} from '../../src/learning/positive-matrix.ts';
import {matrixRoots} from '../../src/learning/matrix-roots.ts';
import {ProductPool} from '../../src/learning/products/product-pool.ts';
import {shared} from '../../src/learning/products/shared-arrays.ts';

const pool = new ProductPool(1);

/** Gives a matrix with these eigenvalues: a diagonal matrix, reflected at a vector without zeros. */
function turned(eigenvalues: readonly number[]): Float64Array {
  const size = eigenvalues.length;
  const normal = Float64Array.from({length: size}, (_, i) => 1 + ((3 * i) % 5));
  const length = normal.reduce((sum, value) => sum + value * value, 0);
  const reflect = (i: number, j: number): number =>
    (i === j ? 1 : 0) - (2 * normal[i]! * normal[j]!) / length;
  return Float64Array.from({length: size * size}, (_, at) => {
    const [i, j] = [Math.floor(at / size), at % size];
    return eigenvalues.reduce((sum, value, k) => sum + reflect(i, k) * value * reflect(k, j), 0);
  });
}

function assertClose(got: Float64Array, expected: Float64Array, tolerance: number): void {
  for (const [at, value] of got.entries()) {
    assert.ok(Math.abs(value - expected[at]!) < tolerance, `${at}: ${value}, ${expected[at]}`);
  }
}

for (const [what, eigenvalues, tolerance] of [
  ['alike', [2, 2, 2, 2], 2 ** -28],
  ['spread as those of images', [55, 21, 12, 7, 3, 1, 0.3, 0.1], 2 ** -28],
  ['spread over twelve orders', [1e6, 1, 1e-3, 1e-6], 1e-5],
] as const) {
  test(`roots of a matrix whose eigenvalues are ${what}`, async () => {
    const size = eigenvalues.length;
    const values = shared(turned(eigenvalues));
    const {root, inverse} = await matrixRoots({values, size, least: eigenvalues.at(-1)!}, pool);
    const largest = Math.sqrt(eigenvalues[0]);
    assertClose(root, turned(eigenvalues.map(Math.sqrt)), tolerance * largest);
    const inverses = eigenvalues.map((value) => 1 / Math.sqrt(value));
    assertClose(inverse, turned(inverses), tolerance * inverses.at(-1)!);
  });
}

for (const [what, eigenvalues] of [
  ['half of a mild condition', (i: number) => (i % 2 === 0 ? 1 : 2e-4)],
  ['half at 10⁻⁸', (i: number) => (i % 2 === 0 ? 1 : 1e-8)],
  ['from 1 to 10⁻¹⁰', (i: number) => 10 ** -Math.round((10 * i) / 199)],
] as const) {
  test(`roots of a large matrix hold for the smallest eigenvalues: ${what}`, async () => {
    const values = Array.from({length: 200}, (_, i) => eigenvalues(i));
    const least = Math.min(...values);
    const {root, inverse} = await matrixRoots(
      {values: shared(turned(values)), size: values.length, least},
      pool,
    );
    assertClose(root, turned(values.map(Math.sqrt)), 2 ** -28);
    const inverses = turned(values.map((value) => 1 / Math.sqrt(value)));
    assertClose(inverse, inverses, Math.max(2 ** -28, 1e-15 / least) / Math.sqrt(least));
  });
}

test('each step is reported, with the number of steps', async () => {
  const steps: (readonly [number, number])[] = [];
  const values = shared(turned([4, 1]));
  await matrixRoots({values, size: 2, least: 1}, pool, async (...step) => void steps.push(step));
  assert.ok(steps.length > 1);
  assert.deepEqual(
    steps,
    steps.map((_, i) => [i, steps.length]),
  );
});

test('a matrix with a negative eigenvalue, or none that can be told from 0, has no roots', async () => {
  for (const eigenvalues of [
    [4, -1],
    [1e20, 1, -1],
  ]) {
    const values = shared(turned(eigenvalues));
    const matrix = {values, size: eigenvalues.length, least: 1e-3};
    await assert.rejects(matrixRoots(matrix, pool), IllConditioned);
  }
});
