import {columnBlock, depthBlock} from './block-sizes.ts';
import {blocksOf, panel, type Block, type Digits, type PackedRight} from './packed-right.ts';
import {sharedDoubles} from './shared-arrays.ts';
import {tileColumns} from './tile-kernel.ts';

/**
 * A matrix as whole numbers of 16 bits times powers of two. A block has one such number for each element, or two where one
 * is too coarse: no element is further from the original than half the distance of two float32 at the largest element of
 * the matrix.
 */
export interface FixedPoint extends PackedRight {
  readonly panels: Int16Array;
  readonly digits: Digits;
}

/** The largest digit: 256 products with bytes add up to less than 2³¹. */
const largestDigit = 32_767;

/**
 * Converts a matrix of whose row k the left operand's number k is a factor.
 * @param vector a row of such numbers
 * @returns also the product of this row with the converted matrix
 */
export function fixedPoint(
  matrix: Float32Array,
  vector: Float64Array,
): {readonly fixed: FixedPoint; readonly product: Float64Array} {
  const {length: size} = vector;
  const product = new Float64Array(size);
  const tolerance = spacingAt(largestOf(matrix));
  const blocks = blocksOf(size, size);
  const units = blocks.map((block) => unitsOf(largestIn(matrix, size, block), tolerance));
  const all = units.flat();
  const panels = new Int16Array(new SharedArrayBuffer(2 * panel * all.length));
  const firsts = new Int32Array(new SharedArrayBuffer(4 * (blocks.length + 1)));
  for (const [index, block] of blocks.entries()) {
    const first = firsts[index]!;
    const [coarse, fine] = units[index]!;
    const writer = {coarse: coarse!, fine, to: panels.subarray(first * panel)};
    writeDigits(matrix, vector, product, {...block, ...writer});
    firsts[index + 1] = first + units[index]!.length;
  }
  const shared = sharedDoubles(all.length);
  shared.set(all);
  return {fixed: {panels, digits: {units: shared, firsts}}, product};
}

function largestOf(values: Float32Array): number {
  let largest = 0;
  for (const value of values) largest = Math.max(largest, Math.abs(value));
  return largest;
}

function largestIn(matrix: Float32Array, size: number, {column, depth: row}: Block): number {
  let largest = 0;
  const end = Math.min(column + columnBlock, size);
  for (let k = row; k < Math.min(row + depthBlock, size); k++) {
    for (let j = column; j < end; j++) {
      largest = Math.max(largest, Math.abs(matrix[k * size + j]!));
    }
  }
  return largest;
}

/** The distance from one float32 of this size to the next. */
function spacingAt(value: number): number {
  return 2 ** (Math.floor(Math.log2(value)) - 23);
}

/** The units of a block's digits: the finest that hold its largest element, and another if this is too coarse. */
function unitsOf(largest: number, tolerance: number): readonly number[] {
  if (largest <= tolerance * largestDigit) return [tolerance];
  const coarse = 2 ** Math.ceil(Math.log2(largest / largestDigit));
  return [coarse, coarse / 2 ** 15];
}

/** Writes the digits of a block, packed by pairs of rows, and adds its part of the vector's product. */
function writeDigits(
  matrix: Float32Array,
  vector: Float64Array,
  product: Float64Array,
  {
    column,
    depth: row,
    coarse,
    fine,
    to,
  }: Block & {
    readonly coarse: number;
    readonly fine: number | undefined;
    readonly to: Int16Array;
  },
): void {
  const tile = tileColumns.whole;
  const {length: size} = vector;
  const rows = Math.min(depthBlock, size - row);
  const tileLength = tile * (rows + (rows % 2));
  for (let j = 0; j < Math.min(columnBlock, size - column); j++) {
    const start = Math.floor(j / tile) * tileLength + 2 * (j % tile);
    for (let k = 0; k < rows; k++) {
      const value = matrix[(row + k) * size + column + j]!;
      const at = start + (k >> 1) * 2 * tile + (k & 1);
      to[at] = Math.round(value / coarse);
      let converted = to[at] * coarse;
      if (fine !== undefined) {
        to[panel + at] = Math.round((value - converted) / fine);
        converted += to[panel + at]! * fine;
      }
      product[column + j]! += vector[row + k]! * converted;
    }
  }
}
