import assert from 'node:assert/strict';
import {test} from 'node:test';
import {fixedPoint, type FixedPoint} from '../../../src/learning/products/fixed-point.ts';
import {blocksOf, panelsOf} from '../../../src/learning/products/packed-right.ts';
import {Random} from '../../../src/learning/random.ts';

const size = 301;

/** Gives a matrix like a whitening transform: 3 on the diagonal, and less the further away. */
function matrixOf(): Float32Array {
  const random = new Random(1, 'fixed point');
  return Float32Array.from({length: size * size}, (_, at) => {
    const distance = Math.abs(Math.floor(at / size) - (at % size));
    return distance === 0 ? 3 : (random.uniform() - 0.5) / (1 + distance ** 2);
  });
}

/** Puts the elements together again: pairs of rows of tiles of eight columns. */
function elementsOf(fixed: FixedPoint): Float64Array {
  const elements = new Float64Array(size * size);
  for (const block of blocksOf(size, size)) {
    const depth = Math.min(256, size - block.depth);
    const pairs = Math.ceil(depth / 2);
    for (let j = 0; j < Math.min(64, size - block.column); j++) {
      for (let k = 0; k < depth; k++) {
        const at = (Math.floor(j / 8) * pairs + Math.floor(k / 2)) * 16 + 2 * (j % 8) + (k % 2);
        for (const {numbers, unit} of panelsOf(fixed, block, size)) {
          elements[(block.depth + k) * size + block.column + j]! += numbers[at]! * unit;
        }
      }
    }
  }
  return elements;
}

test('no element is further from its number than half the distance of two float32 at the largest', () => {
  const matrix = matrixOf();
  const {fixed} = fixedPoint(matrix, new Float64Array(size));
  for (const [at, element] of elementsOf(fixed).entries()) {
    assert.ok(Math.abs(element - matrix[at]!) <= 2 ** -23, `${at}: ${element}, ${matrix[at]}`);
  }
});

test('only blocks with large elements have two digits', () => {
  const {fixed} = fixedPoint(matrixOf(), new Float64Array(size));
  const blocks = blocksOf(size, size);
  for (const block of blocks) {
    const isOnDiagonal = block.column < block.depth + 256 && block.depth < block.column + 64;
    const {length: digits} = panelsOf(fixed, block, size);
    if (isOnDiagonal) assert.equal(digits, 2);
  }
  const {units} = fixed.digits;
  assert.ok(units.length > blocks.length && units.length < 2 * blocks.length, `${units.length}`);
});

test('the product with a row is that of the converted elements', () => {
  const vector = Float64Array.from({length: size}, (_, i) => Math.cos(i));
  const {fixed, product} = fixedPoint(matrixOf(), vector);
  const elements = elementsOf(fixed);
  for (const [j, value] of product.entries()) {
    const expected = vector.reduce((sum, x, k) => sum + x * elements[k * size + j]!, 0);
    assert.ok(Math.abs(value - expected) < 1e-12, `${j}: ${value}, expected ${expected}`);
  }
});
