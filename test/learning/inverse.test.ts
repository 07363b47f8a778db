import assert from 'node:assert/strict';
import {test} from 'node:test';
import {Inverter} from '../../src/learning/inverse.ts';
import {IllConditioned} from '../../src/learning/positive-matrix.ts';
import {ProductPool} from '../../src/learning/products/product-pool.ts';
import {shared} from '../../src/learning/products/shared-arrays.ts';
import {Random} from '../../src/learning/random.ts';

/** Gives 4·I plus a symmetric matrix of draws, whose eigenvalues are larger than −2 at this scale. */
function positive(size: number): Float64Array {
  const random = new Random(1, 'matrix', String(size));
  const values = shared(new Float64Array(size * size));
  for (let i = 0; i < size; i++) {
    for (let j = i; j < size; j++) {
      const value = (random.uniform() - 0.5) / Math.sqrt(size) + (i === j ? 4 : 0);
      values[i * size + j] = value;
      values[j * size + i] = value;
    }
  }
  return values;
}

async function inverseOf(values: Float64Array, size: number, threads = 1): Promise<Float64Array> {
  await using pool = new ProductPool(threads);
  const copy = shared(values);
  await new Inverter(size, pool).invert(copy);
  return copy;
}

for (const size of [1, 5, 64, 65, 200, 321]) {
  test(`a matrix of ${size} × ${size} times its inverse is 1`, async () => {
    const values = positive(size);
    const inverse = await inverseOf(values, size);
    for (let i = 0; i < size; i++) {
      for (let j = 0; j < size; j++) {
        let sum = 0;
        for (let k = 0; k < size; k++) sum += values[i * size + k]! * inverse[k * size + j]!;
        assert.ok(Math.abs(sum - (i === j ? 1 : 0)) < 1e-14 * size, `${i}, ${j}: ${sum}`);
        const difference = inverse[i * size + j]! - inverse[j * size + i]!;
        assert.ok(Math.abs(difference) < 1e-15, `${i}, ${j} is not ${j}, ${i}`);
      }
    }
  });
}

test('two threads give the bits of the inverse that one gives', async () => {
  const values = positive(700);
  assert.deepEqual(await inverseOf(values, 700, 2), await inverseOf(values, 700));
});

test('a matrix that is not positive is refused, wherever this shows', async () => {
  for (const at of [0, 70, 199]) {
    const values = positive(200);
    values[at * 200 + at] = -1;
    await assert.rejects(inverseOf(values, 200), IllConditioned);
  }
});
