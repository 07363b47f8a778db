import assert from 'node:assert/strict';
import {test} from 'node:test';
import {fixedPoint} from '../../../src/learning/products/fixed-point.ts';
import {
  blocksOf,
  columnsOf,
  panel,
  stripFields,
  type FixedPoint,
} from '../../../src/learning/products/packed-right.ts';
import {Random} from '../../../src/learning/random.ts';

const size = 301;
const all = {begin: 0, end: size};

/** Gives a matrix like a whitening transform: 3 on the diagonal, and less the further away. */
function matrixOf(): Float32Array {
  const random = new Random(1, 'fixed point');
  return Float32Array.from({length: size * size}, (_, at) => {
    const distance = Math.abs(Math.floor(at / size) - (at % size));
    return distance === 0 ? 3 : (random.uniform() - 0.5) / (1 + distance ** 2);
  });
}

/** Puts the elements of these columns together again: pairs of rows of tiles of eight columns, low digits and high ones. */
function elementsOf({unit, low, high, strips}: FixedPoint, columns = all): Float64Array {
  const elements = new Float64Array(size * size);
  for (const [index, block] of blocksOf(columns, size).entries()) {
    const depth = Math.min(256, size - block.depth);
    const pairs = Math.ceil(depth / 2);
    for (let j = 0; j < Math.min(64, size - block.column); j++) {
      for (let k = 0; k < depth; k++) {
        const at = (Math.floor(j / 8) * pairs + Math.floor(k / 2)) * 16 + 2 * (j % 8) + (k % 2);
        elements[(block.depth + k) * size + block.column + j] = unit * low[index * panel + at]!;
      }
    }
  }
  for (const {column, begin, end, at} of stripsOf(strips, columns.begin)) {
    for (let j = 0; j < Math.min(8, size - column); j++) {
      for (let k = 0; k < Math.min(end, size) - begin; k++) {
        const digit = high[at + Math.floor(k / 2) * 16 + 2 * j + (k % 2)]!;
        elements[(begin + k) * size + column + j]! += unit * 2 ** 16 * digit;
      }
    }
  }
  return elements;
}

function stripsOf(
  {firsts, places}: FixedPoint['strips'],
  column: number,
): readonly {column: number; begin: number; end: number; at: number}[] {
  const {count, ...fields} = stripFields;
  return Array.from({length: places.length / count}, (_, strip) => {
    const field = (index: number): number => places[count * strip + index]!;
    const block = firsts.findLastIndex((first) => first <= strip);
    return {
      column: column + 64 * block + field(fields.column),
      begin: field(fields.begin),
      end: field(fields.begin) + 2 * field(fields.pairs),
      at: field(fields.at),
    };
  });
}

test('no element is further from its number than the distance of two float32 at the largest', () => {
  const matrix = matrixOf();
  const {fixed} = fixedPoint(matrix, new Float64Array(size));
  for (const [at, element] of elementsOf(fixed).entries()) {
    assert.ok(Math.abs(element - matrix[at]!) <= 2 ** -22, `${at}: ${element}, ${matrix[at]}`);
  }
});

test('of the errors of a column, only the last is left in their sum', () => {
  const matrix = matrixOf();
  const elements = elementsOf(fixedPoint(matrix, new Float64Array(size)).fixed);
  for (let j = 0; j < size; j++) {
    let sum = 0;
    for (let k = 0; k < size; k++) sum += elements[k * size + j]! - matrix[k * size + j]!;
    assert.ok(Math.abs(sum) <= 2 ** -23, `${j}: ${sum}`);
  }
});

test('only what is near large elements has high digits', () => {
  const {strips, high} = fixedPoint(matrixOf(), new Float64Array(size)).fixed;
  const found = stripsOf(strips, 0);
  for (let i = 0; i < size; i++) {
    const isIn = found.some(({column, begin, end}) => {
      return column <= i && i < column + 8 && begin <= i && i < end;
    });
    assert.ok(isIn, `the element on the diagonal in column ${i}`);
  }
  assert.ok(high.length < (size * size) / 3, `${high.length}`);
});

test('some columns have the elements that the whole matrix has there', () => {
  const {fixed} = fixedPoint(matrixOf(), new Float64Array(size));
  const elements = elementsOf(fixed);
  for (const columns of [
    {begin: 64, end: 192},
    {begin: 256, end: size},
  ]) {
    const part = elementsOf(columnsOf(fixed, columns, size), columns);
    for (let at = 0; at < elements.length; at++) {
      const isPart = at % size >= columns.begin && at % size < columns.end;
      assert.equal(part[at], isPart ? elements[at] : 0, `${at}`);
    }
  }
});

test('columns without large elements have no high digits of others', () => {
  const matrix = new Float32Array(size * size).fill(2 ** -12);
  matrix[0] = 1;
  const {fixed} = fixedPoint(matrix, new Float64Array(size));
  assert.ok(fixed.high.length > 0);
  assert.equal(columnsOf(fixed, {begin: 64, end: size}, size).high.length, 0);
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
