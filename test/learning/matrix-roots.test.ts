import assert from 'node:assert/strict';
import {test} from 'node:test';
import {IllConditioned, matrixRoots} from '../../src/learning/matrix-roots.ts';
import {ProductPool, shared} from '../../src/learning/products/product-pool.ts';

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
  ['alike', [2, 2, 2, 2], 1e-14],
  ['spread as those of images', [55, 21, 12, 7, 3, 1, 0.3, 0.1], 1e-13],
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
