import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {test} from 'node:test';
import {
  applyTransform,
  ConstantChannel,
  fitByCovariance,
  fitByGram,
  fitStandardise,
  fitZca,
  invertTransform,
} from '../../src/learning/whitening.ts';
import {mapRows, symmetricMoments} from '../../src/learning/whitening-products.ts';
import {IllConditioned} from '../../src/learning/positive-matrix.ts';
import {ProductPool} from '../../src/learning/products/product-pool.ts';
import {Random} from '../../src/learning/random.ts';

const alone = new ProductPool(1);

interface ReferenceCase {
  readonly n: number;
  readonly d: number;
  readonly eps: number;
  readonly seed: number;
  readonly mean: readonly number[];
  readonly whiteningFirstRow: readonly number[];
  readonly whiteningNorm: number;
  readonly inverseFirstRow: readonly number[];
  readonly inverseNorm: number;
  readonly whitenedRow0: readonly number[];
  readonly whitenedNorm: number;
}

const reference = JSON.parse(
  readFileSync(new URL('../../../test/fixtures/reference/zca.json', import.meta.url), 'utf8'),
) as {readonly cases: readonly ReferenceCase[]};

/** Gives the pixels of a reference case, by the formula that the file states. */
function referencePixels({n, d, seed}: ReferenceCase): Float64Array {
  return Float64Array.from({length: n * d}, (_, at) => {
    const [i, j] = [Math.floor(at / d), at % d];
    return 0.5 + 0.5 * Math.sin(0.9 * (1.7 * i + seed) + 0.61 * j + 0.3 * (i % 7) * (j % 5));
  });
}

/** Compares float32 results with numbers that are given to eight digits. */
function assertClose(
  got: Iterable<number>,
  expected: readonly number[],
  what: string,
  tolerance = 3e-7 * Math.max(...expected.map(Math.abs)),
): void {
  for (const [i, value] of [...got].entries()) {
    const difference = Math.abs(value - expected[i]!);
    assert.ok(difference <= tolerance, `${what}[${i}]: ${value}, expected ${expected[i]}`);
  }
}

function sumOfMagnitudes(sum: number, value: number): number {
  return sum + Math.abs(value);
}

function norm(values: Float32Array): number {
  return Math.hypot(...values);
}

for (const reference_ of reference.cases) {
  const {n, d, eps} = reference_;
  test(`whitening of ${n} × ${d} with eps ${eps} is that of the reference`, async () => {
    const rows = {pixels: referencePixels(reference_), size: d, count: n};
    const transform = await fitZca(rows, eps);
    const whitened = await applyTransform(transform, rows);
    assertClose(transform.mean, reference_.mean, 'mean');
    assertClose(transform.whitening.subarray(0, d), reference_.whiteningFirstRow, 'whitening');
    assertClose(transform.inverse.subarray(0, d), reference_.inverseFirstRow, 'inverse');
    // Each element of W and of the result is rounded to float32, and |x − μ| ≤ 1.
    const rounding = 2 ** -24 * (1 + transform.whitening.subarray(0, d).reduce(sumOfMagnitudes, 0));
    assertClose(whitened.subarray(0, d), reference_.whitenedRow0, 'whitened', rounding);
    assertClose([norm(transform.whitening)], [reference_.whiteningNorm], 'norm of whitening');
    assertClose([norm(transform.inverse)], [reference_.inverseNorm], 'norm of inverse');
    assertClose([norm(whitened)], [reference_.whitenedNorm], 'norm of whitened');
    const back = await invertTransform(transform, whitened);
    assert.ok(back.every((value, i) => Math.abs(value - rows.pixels[i]!) < 2e-5));
  });
}

test('one difference is whitened as the closed form says, and nothing else is turned', async () => {
  const [size, eps] = [8, 0.25];
  const v = [1, 2, 0, -2, 0, 0, 4, 0];
  // The rows are ½ + v and ½, so Σ is vvᵀ/2.
  const pixels = Float64Array.from([...v.map((value) => 0.5 + value), ...v.map(() => 0.5)]);
  const {whitening, inverse} = await fitZca({pixels, size, count: 2}, eps);
  const square = v.reduce((sum, value) => sum + value * value, 0);
  const expected = (root: number, rest: number) =>
    Array.from({length: size * size}, (_, at) => {
      const [i, j] = [Math.floor(at / size), at % size];
      return (i === j ? rest : 0) + ((root - rest) * v[i]! * v[j]!) / square;
    });
  const largest = Math.sqrt(square / 2 + eps);
  assertClose(whitening, expected(1 / largest, 2), 'whitening');
  assertClose(inverse, expected(largest, 0.5), 'inverse');
});

for (const eps of [1e-4, 0.1, 10]) {
  test(`few images are whitened by products of images as by those of pixels, eps ${eps}`, async () => {
    const rows = {pixels: sparseBytes(20, 64), size: 64, count: 20};
    const fitting = {pool: alone, tick: undefined, onStep: undefined};
    const few = await fitByGram(rows, eps, fitting);
    const full = await fitByCovariance(rows, eps, fitting);
    assert.deepEqual(few.mean, full.mean);
    for (const which of ['root', 'inverse'] as const) {
      assertClose(few[which], [...full[which]], which, 2 ** -27 * Math.max(...full[which]));
    }
  });
}

/** Gives bytes that are mostly 0, as those of digits. The last row is 0 throughout. */
function sparseBytes(count: number, size: number): Uint8Array {
  const random = new Random(3, 'pixels');
  const pixels = Uint8Array.from({length: count * size}, () =>
    random.uniform() < 0.7 ? 0 : random.integer(256),
  );
  return pixels.fill(0, (count - 1) * size);
}

test('moments of bytes are exact whatever the order of the rows', async () => {
  const [count, size] = [1500, 7];
  const pixels = sparseBytes(count, size);
  const reversed = Uint8Array.from({length: pixels.length}, (_, at) => {
    return pixels[(count - 1 - Math.floor(at / size)) * size + (at % size)]!;
  });
  const {sums, products} = await symmetricMoments({pixels, size, count}, alone);
  assert.deepEqual(await symmetricMoments({pixels: reversed, size, count}, alone), {
    sums,
    products,
  });
  let product = 0n;
  for (let row = 0; row < count; row++) {
    product += BigInt(pixels[row * size + 2]! * pixels[row * size + 5]!);
  }
  assert.equal(BigInt(products[2 * size + 5]!), product);
});

test('bytes are whitened as the same pixels in [0, 1] are, zeros and all', async () => {
  const [count, size] = [40, 9];
  const bytes = sparseBytes(count, size);
  const floats = Float64Array.from(bytes, (byte) => byte / 255);
  const transform = await fitZca({pixels: bytes, size, count}, 0.1);
  const expected = await fitZca({pixels: floats, size, count}, 0.1);
  assertClose(transform.whitening, [...expected.whitening], 'whitening');
  assertClose(
    await applyTransform(transform, {pixels: bytes, size, count}),
    [...(await applyTransform(expected, {pixels: floats, size, count}))],
    'whitened',
  );
});

test('bytes are mapped as float64 maps them, but for the rounding of the matrix and of the result', async () => {
  const [count, size] = [30, 301];
  const pixels = sparseBytes(count, size);
  const random = new Random(4, 'matrix');
  const draws = Float32Array.from({length: size * size}, () => random.uniform() - 0.5);
  const matrix = draws.map((value, at) => {
    const [i, j] = [Math.floor(at / size), at % size];
    return i === j ? 3 : (value + draws[j * size + i]!) / (1 + (i - j) ** 2);
  });
  const mean = Float64Array.from({length: size}, (_, i) => 0.3 + 0.1 * Math.sin(i));
  const mapped = await mapRows({pixels, size, count, matrix, mean, scale: 1 / 255}, alone);
  for (let row = 0; row < count; row++) {
    const centred = mean.map((value, k) => pixels[row * size + k]! / 255 - value);
    const magnitude = centred.reduce(sumOfMagnitudes, 0);
    for (let j = 0; j < size; j++) {
      const expected = centred.reduce((sum, x, k) => sum + x * matrix[k * size + j]!, 0);
      const rounding = magnitude * 2 ** -23 + Math.abs(expected) * 2 ** -24;
      const got = mapped[row * size + j]!;
      assert.ok(Math.abs(got - expected) <= rounding, `${row}, ${j}: ${got}, ${expected}`);
    }
  }
});

test('whitening without eps leaves uncorrelated pixels of variance 1', async () => {
  const [count, size] = [300, 4];
  const rows = {pixels: sparseBytes(count, size), size, count};
  const whitened = await applyTransform(await fitZca(rows, 1e-12), rows);
  const {sums, products} = await symmetricMoments({pixels: whitened, size, count}, alone);
  for (let i = 0; i < size; i++) {
    for (let j = i; j < size; j++) {
      const covariance = (products[i * size + j]! - (sums[i]! * sums[j]!) / count) / (count - 1);
      assert.ok(Math.abs(covariance - (i === j ? 1 : 0)) < 1e-5, `${i}, ${j}: ${covariance}`);
    }
  }
});

test('standardised channels have mean 0 and variance 1, and can be undone', async () => {
  const pixels = sparseBytes(50, 12);
  const rows = {pixels, size: 12, count: 50};
  const transform = fitStandardise(rows, 3);
  const images = await applyTransform(transform, rows);
  for (const channel of [0, 1, 2]) {
    const values = images.filter((_, i) => i % 3 === channel);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const square = values.reduce((sum, value) => sum + value ** 2, 0) / values.length;
    assert.ok(Math.abs(mean) < 1e-6 && Math.abs(square - 1) < 1e-6);
  }
  const back = await invertTransform(transform, images);
  assert.ok(back.every((value, i) => Math.abs(value - pixels[i]! / 255) < 1e-6));
});

test('a channel of one value, but for rounding, is refused and named', () => {
  const isBlue = (error: unknown): boolean =>
    error instanceof ConstantChannel && error.channel === 2 && Math.abs(error.value - 77) < 1e-4;
  const bytes = sparseBytes(50, 12).map((byte, i) => (i % 3 === 2 ? 77 : byte));
  const fitted = (pixels: Uint8Array | Float32Array) =>
    fitStandardise({pixels, size: 12, count: 50}, 3);
  assert.throws(() => fitted(bytes), isBlue);
  assert.throws(() => fitted(Float32Array.from(bytes)), isBlue);
  // One unit in the last place, in one of 200 pixels, is less than the rounding of a mean in float32.
  assert.throws(() => fitted(Float32Array.from(bytes).fill(77.000008, 5, 6)), isBlue);
  // A difference of one in a byte counts as variation.
  const {std} = fitted(bytes.fill(78, 5, 6));
  const expected = Math.sqrt((1 / 200) * (199 / 200)) / 255;
  assert.ok(Math.abs(std[2]! / expected - 1) < 1e-6, String(std[2]));
});

test('the deviation of floats far from 0 is that of their differences', () => {
  const pixels = Float32Array.from({length: 1000}, (_, i) => 4096 + (i % 2) / 1024);
  const {mean, std} = fitStandardise({pixels, size: 10, count: 100}, 1);
  assert.deepEqual([mean[0], std[0]], [Math.fround(4096 + 1 / 2048), 1 / 2048]);
});

for (const eps of [1e-80, 1e-160, 1e100]) {
  test(`a matrix that float32 cannot hold is refused, as for eps ${eps}`, async () => {
    const pixels = sparseBytes(40, 9).map((byte, i) => (i % 9 === 4 ? 77 : byte));
    await assert.rejects(fitZca({pixels, size: 9, count: 40}, eps), IllConditioned);
  });
}

test('a long fit can be watched and stopped', async () => {
  const rows = {pixels: new Uint8Array(9000), size: 1, count: 9000};
  const seen: number[] = [];
  const stop = async (row: number): Promise<void> => {
    seen.push(row);
    if (row >= 8192) throw new Error('stopped');
  };
  await assert.rejects(fitZca(rows, 0.1, {tick: stop}), /stopped/);
  assert.deepEqual(seen, [4096, 8192]);
});
