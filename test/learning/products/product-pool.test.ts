import assert from 'node:assert/strict';
import {test} from 'node:test';
import {fixedPoint} from '../../../src/learning/products/fixed-point.ts';
import type {Numbers, Operand} from '../../../src/learning/products/pack.ts';
import {ProductPool} from '../../../src/learning/products/product-pool.ts';
import type {Product} from '../../../src/learning/products/product.ts';
import {shared, sharedDoubles} from '../../../src/learning/products/shared-arrays.ts';
import {Random} from '../../../src/learning/random.ts';

function draw(name: string, length: number): Float64Array {
  const random = new Random(1, 'product', name);
  return shared(Float64Array.from({length}, () => random.uniform() - 0.5));
}

type FloatProduct = Product & {readonly right: Operand};

function productOf(
  left: Numbers,
  right: Numbers,
  size: {readonly rows: number; readonly columns: number; readonly depth: number},
): FloatProduct {
  const operand = {rowStride: size.depth, depthStride: 1};
  return {
    ...size,
    left: {...operand, values: left},
    right: {...operand, values: right},
    precision: 'double',
    result: sharedDoubles(size.rows * size.columns),
  };
}

/** Computes an element by the definition. */
function expected(product: FloatProduct, i: number, j: number): number {
  const {left, right, depth, scale = 1, offset, diagonal = 0} = product;
  let sum = 0;
  for (let k = 0; k < depth; k++) {
    const [a, b] = [left, right].map(({values, rowStride, depthStride, ...of}, side) => {
      const row = side === 0 ? i : j;
      return values[row * rowStride + k * depthStride]! * (of.scale ?? 1) - (of.mean?.[k] ?? 0);
    });
    sum += a! * b!;
  }
  return scale * sum + (offset?.[j] ?? 0) + (i === j ? diagonal : 0);
}

function assertProduct(product: FloatProduct, tolerance: number): void {
  for (let i = 0; i < product.rows; i++) {
    for (let j = 0; j < product.columns; j++) {
      const [got, want] = [product.result[i * product.columns + j]!, expected(product, i, j)];
      assert.ok(Math.abs(got - want) <= tolerance, `${i}, ${j}: ${got}, expected ${want}`);
    }
  }
}

for (const size of [
  {rows: 1, columns: 1, depth: 1},
  {rows: 5, columns: 11, depth: 3},
  {rows: 131, columns: 67, depth: 259},
]) {
  test(`a product of ${size.rows} × ${size.depth} × ${size.columns} is what its definition says`, async () => {
    await using pool = new ProductPool(1);
    const left = draw('left', size.rows * size.depth);
    const right = draw('right', size.columns * size.depth);
    const plain = productOf(left, right, size);
    for (const [precision, tolerance] of [
      ['double', 1e-12],
      ['single', 2e-4],
    ] as const) {
      const product: FloatProduct = {
        ...plain,
        left: {...plain.left, scale: 2, mean: draw('mean', size.depth)},
        precision,
        scale: -3,
        diagonal: 7,
        offset: draw('offset', size.columns),
      };
      await pool.compute(product);
      assertProduct(product, tolerance);
    }
  });
}

test('columns of bytes are multiplied exactly, and added to what is there', async () => {
  await using pool = new ProductPool(1);
  const [count, size] = [1100, 9];
  const bytes = new Uint8Array(count * size).fill(255);
  const operand = {values: bytes, rowStride: 1, depthStride: size};
  const product: Product = {
    ...productOf(bytes, bytes, {rows: size, columns: size, depth: count}),
    left: operand,
    right: operand,
    precision: 'whole',
    isSymmetric: true,
    isAdded: true,
  };
  await pool.compute(product);
  await pool.compute(product);
  assert.ok(product.result.every((value) => value === 2 * count * 255 ** 2));
});

/** The elements in this unit, rounded so that the error of each is taken from the next of its column. */
function wholeNumbers(matrix: Float32Array, size: number, unit: number): Float64Array {
  const wholes = new Float64Array(size * size);
  for (let j = 0; j < size; j++) {
    for (let k = 0, error = 0; k < size; k++) {
      const exact = matrix[k * size + j]! / unit + error;
      wholes[k * size + j] = Math.floor(exact + 0.5);
      error = exact - wholes[k * size + j]!;
    }
  }
  return wholes;
}

for (const size of [
  {rows: 3, columns: 2, depth: 2},
  {rows: 133, columns: 301, depth: 301},
]) {
  test(`${size.rows} rows of bytes are multiplied exactly by a matrix in fixed point of ${size.columns} columns`, async () => {
    const random = new Random(1, 'fixed point product');
    const {rows, columns, depth} = size;
    const bytes = Uint8Array.from({length: rows * depth}, () => Math.floor(256 * random.uniform()));
    // Large on the diagonal, so that some numbers have two digits.
    const matrix = Float32Array.from({length: depth * depth}, (_, at) => {
      const distance = Math.abs(Math.floor(at / depth) - (at % depth));
      return distance === 0 ? 3 : (random.uniform() - 0.5) / (1 + distance ** 2);
    });
    const results = [];
    for (const packedBytes of [2 ** 29, 1]) {
      await using pool = new ProductPool(1, packedBytes);
      const {fixed} = fixedPoint(matrix, new Float64Array(depth));
      const wholes = wholeNumbers(matrix, depth, fixed.unit);
      const result = sharedDoubles(rows * columns);
      const left = {values: bytes, rowStride: depth, depthStride: 1};
      // Twice: the second time, the matrix is packed already.
      for (const isAdded of [false, true]) {
        await pool.compute({...size, left, right: fixed, precision: 'whole', result, isAdded});
      }
      for (let i = 0; i < rows; i++) {
        for (let j = 0; j < columns; j++) {
          let sum = 0;
          for (let k = 0; k < depth; k++) {
            sum += bytes[i * depth + k]! * wholes[k * depth + j]!;
          }
          assert.equal(result[i * columns + j], 2 * sum, `${i}, ${j}`);
        }
      }
      results.push(result);
    }
    assert.deepEqual(results[0], results[1]);
  });
}

for (const packedBytes of [2 ** 29, 1]) {
  test(`two matrices in fixed point take turns with floats on two threads, ${packedBytes} bytes packed at a time`, async () => {
    const size = {rows: 300, columns: 301, depth: 301};
    const bytes = shared(
      Uint8Array.from({length: size.rows * size.depth}, (_, i) => (i * i) % 251),
    );
    const left = {values: bytes, rowStride: size.depth, depthStride: 1};
    const matrices = [3, 5].map((largest) => {
      const matrix = Float32Array.from({length: size.depth ** 2}, (_, at) =>
        Math.cos(at * largest),
      );
      return fixedPoint(matrix, new Float64Array(size.depth)).fixed;
    });
    const floats = draw('floats', size.columns * size.depth);
    await using pool = new ProductPool(2, packedBytes);
    await using alone = new ProductPool(1);
    for (const which of [0, 'floats', 0, 1, 0] as const) {
      const result = sharedDoubles(size.rows * size.columns);
      if (which === 'floats') {
        const product = productOf(floats, floats, {...size, rows: size.columns});
        await pool.compute(product);
        assertProduct(product, 1e-12);
        continue;
      }
      const product = {...size, left, right: matrices[which]!, precision: 'whole', result} as const;
      await pool.compute(product);
      const expected = sharedDoubles(result.length);
      // Another matrix between makes the pool pack this one again.
      await alone.compute({...product, right: matrices[1 - which]!, result: expected});
      await alone.compute({...product, result: expected});
      assert.deepEqual(result, expected);
    }
  });
}

test('what is added has its offset and its diagonal', async () => {
  const size = {rows: 5, columns: 5, depth: 3};
  const values = draw('added', size.rows * size.depth);
  const settings = {scale: -2, diagonal: 7, offset: draw('offset', size.columns)};
  await using pool = new ProductPool(1);
  const product: FloatProduct = {...productOf(values, values, size), ...settings};
  product.result.fill(100);
  await pool.compute({...product, isAdded: true});
  for (let at = 0; at < product.result.length; at++) product.result[at]! -= 100;
  assertProduct(product, 1e-12);
});

test('a matrix of zeros in fixed point is zeros', () => {
  const {fixed, product} = fixedPoint(new Float32Array(9), new Float64Array(3).fill(2));
  assert.deepEqual(
    [...product, ...fixed.low, fixed.high.length],
    [0, 0, 0, ...fixed.low.map(() => 0), 0],
  );
});

test('a product in parts of 64 columns has the bits of one that is computed at once', async () => {
  const size = {rows: 300, columns: 300, depth: 270};
  const left = draw('left', size.rows * size.depth);
  for (const settings of [{}, {isSymmetric: true}, {isSymmetric: true, isUpper: true}]) {
    const results = [];
    for (const packedBytes of [2 ** 29, 1]) {
      await using pool = new ProductPool(1, packedBytes);
      const product = {...productOf(left, left, size), ...settings, diagonal: 7};
      await pool.compute(product);
      if (settings.isUpper !== true) assertProduct(product, 1e-12);
      results.push(product.result);
    }
    assert.deepEqual(results[0], results[1]);
  }
});

test('two threads give the bits that one gives', async () => {
  const size = {rows: 300, columns: 300, depth: 1200};
  const left = draw('left', size.rows * size.depth);
  const results: Float64Array[] = [];
  for (const threads of [1, 2]) {
    await using pool = new ProductPool(threads);
    const product = {...productOf(left, left, size), isSymmetric: true};
    await pool.compute(product);
    await pool.compute(product);
    results.push(product.result as Float64Array);
  }
  assert.deepEqual(results[0], results[1]);
});
