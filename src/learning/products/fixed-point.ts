import {columnBlock, depthBlock} from './block-sizes.ts';
import type {Range} from './pack.ts';
import {
  blocksDown,
  blocksOf,
  panel,
  stripFields,
  type FixedPoint,
  type Strips,
} from './packed-right.ts';
import {highDigit, tileColumns} from './tile-kernel.ts';

/** The largest number without a high digit. 256 products of low digits with bytes add up to less than 2³¹. */
const largestLow = 2 ** 15 - 1;

/** Numbers of a tile's columns that have high digits if one of them needs it. */
const stripLength = 16;

const tile = tileColumns.whole;

/**
 * Converts a square matrix, of whose row k the left operand's number k is a factor, to whole numbers. No element is further from
 * the original than the distance of two float32 at the largest element of the matrix. What rounding adds to one is taken from
 * the next of its column: where the numbers of the left operand are like their neighbours, as the pixels of images are, most of
 * it vanishes from the product.
 * @param vector a row of such numbers
 * @returns also the product of this row with the converted matrix
 */
export function fixedPoint(
  matrix: Float32Array,
  vector: Float64Array,
): {readonly fixed: FixedPoint; readonly product: Float64Array} {
  const {length: size} = vector;
  const unit = spacingAt(largestOf(matrix));
  const {low, isLarge, product} = lowDigits(matrix, vector, unit);
  const strips = stripsOf(isLarge, size);
  const high = highDigits(matrix, {size, unit, low, strips});
  return {fixed: {unit, low, high, strips}, product};
}

function largestOf(values: Float32Array): number {
  let largest = 0;
  for (let at = 0; at < values.length; at++) {
    const size = Math.abs(values[at]!);
    if (size > largest) largest = size;
  }
  return largest;
}

/** The distance from one float32 of this size to the next; 1 for 0, which has no size. */
function spacingAt(value: number): number {
  return value === 0 ? 1 : 2 ** (Math.floor(Math.log2(value)) - 23);
}

interface LowDigits {
  /** Packed by pairs of rows. */
  readonly low: Int16Array;
  /** Whether a number needs a high digit (1), by tiles and, in them, by `stripLength` rows. */
  readonly isLarge: Uint8Array;
  /** The vector times the whole numbers. */
  readonly product: Float64Array;
}

function lowDigits(matrix: Float32Array, vector: Float64Array, unit: number): LowDigits {
  const {length: size} = vector;
  const blocks = blocksOf({begin: 0, end: size}, size);
  const low = new Int16Array(panel * blocks.length);
  const down = Math.ceil(size / stripLength);
  const isLarge = new Uint8Array(Math.ceil(size / tile) * down);
  const product = new Float64Array(size);
  const perUnit = 1 / unit;
  const errors = new Float64Array(size);
  for (const [index, {column, depth}] of blocks.entries()) {
    const rows = Math.min(depthBlock, size - depth);
    const end = Math.min(column + columnBlock, size);
    const tileLength = tile * (rows + (rows % 2));
    for (let k = 0; k < rows; k++) {
      const row = depth + k;
      const factor = vector[row]! * unit;
      const strip = Math.floor(row / stripLength);
      let to = index * panel + (k >> 1) * 2 * tile + (k & 1);
      for (let first = column; first < end; first += tile) {
        let largest = 0;
        for (let j = first, at = to; j < Math.min(first + tile, end); j++, at += 2) {
          const exact = matrix[row * size + j]! * perUnit + errors[j]!;
          const whole = Math.floor(exact + 0.5);
          errors[j] = exact - whole;
          // The array keeps the 16 low bits. `highDigits` finds the others.
          low[at] = whole;
          largest = Math.max(largest, Math.abs(whole));
          product[j]! += factor * whole;
        }
        if (largest > largestLow) isLarge[(first / tile) * down + strip] = 1;
        to += tileLength;
      }
    }
  }
  return {low, isLarge, product};
}

/** The strips of tiles that have a large number: those above each other are one. */
function stripsOf(isLarge: Uint8Array, size: number): Strips {
  const firsts: number[] = [];
  const places: number[] = [];
  const down = Math.ceil(size / stripLength);
  let at = 0;
  for (let column = 0; column < size; column += tile) {
    if (column % columnBlock === 0) firsts.push(places.length / stripFields.count);
    const from = (column / tile) * down;
    for (const run of runsOf(isLarge.subarray(from, from + down))) {
      const [begin, end] = [run.begin * stripLength, Math.min(run.end * stripLength, size)];
      const pairs = Math.ceil((end - begin) / 2);
      places.push(column % columnBlock, begin, pairs, at);
      at += 2 * pairs * tile;
    }
  }
  firsts.push(places.length / stripFields.count);
  return {firsts: Int32Array.from(firsts), places: Int32Array.from(places)};
}

/** The stretches of 1. */
function runsOf(flags: Uint8Array): readonly Range[] {
  const runs: Range[] = [];
  for (let begin = flags.indexOf(1); begin >= 0;) {
    const next = flags.indexOf(0, begin);
    const end = next < 0 ? flags.length : next;
    runs.push({begin, end});
    begin = flags.indexOf(1, end);
  }
  return runs;
}

function highDigits(
  matrix: Float32Array,
  {size, unit, low, strips: {firsts, places}}: {readonly size: number} & Omit<FixedPoint, 'high'>,
): Int16Array {
  const {column: columnField, begin, pairs, at, count} = stripFields;
  const last = places.length - count;
  const high = new Int16Array(last < 0 ? 0 : places[last + at]! + 2 * tile * places[last + pairs]!);
  for (let block = 0; block < firsts.length - 1; block++) {
    for (let strip = count * firsts[block]!; strip < count * firsts[block + 1]!; strip += count) {
      const column = block * columnBlock + places[strip + columnField]!;
      const rows = Math.min(2 * places[strip + pairs]!, size - places[strip + begin]!);
      for (let k = 0; k < rows; k++) {
        const row = places[strip + begin]! + k;
        const start = places[strip + at]! + (k >> 1) * 2 * tile + (k & 1);
        const lowAt = placeOf(row, column, size);
        for (let j = 0; j < Math.min(tile, size - column); j++) {
          const rest = matrix[row * size + column + j]! / unit - low[lowAt + 2 * j]!;
          high[start + 2 * j] = Math.round(rest / highDigit);
        }
      }
    }
  }
  return high;
}

/** The place of the low digit of an element, in the first column of a tile. */
function placeOf(row: number, column: number, size: number): number {
  const first = Math.floor(row / depthBlock);
  const block = Math.floor(column / columnBlock) * blocksDown(size) + first;
  const rows = Math.min(depthBlock, size - first * depthBlock);
  const tilesBefore = (column % columnBlock) / tile;
  const k = row % depthBlock;
  return block * panel + tilesBefore * tile * (rows + (rows % 2)) + (k >> 1) * 2 * tile + (k & 1);
}
