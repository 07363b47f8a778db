import type {Range} from './pack.ts';
import {columnBlock, depthBlock} from './block-sizes.ts';
import {groupBytes, tileGroup, type Precision} from './tile-kernel.ts';

/** A matrix as whole numbers times `unit`. Each is a low digit of 16 bits plus, in strips, `highDigit` times a high one. */
export interface FixedPoint {
  readonly unit: number;
  /** The low digits: a panel for each block, as tile kernels read it. */
  readonly low: Int16Array;
  /** The high digits of strips, one after the other, as tile kernels read them. */
  readonly high: Int16Array;
  readonly strips: Strips;
}

/** The places of strips: some numbers, side by side, in the columns of one tile. At most 32,896, so that sums have 32 bits. */
export interface Strips {
  /** For each block of columns: its first strip; and the number of strips. */
  readonly firsts: Int32Array;
  /** The fields of each strip, in the order of `stripFields`. */
  readonly places: Int32Array;
}

/** The first of a strip's columns within their block, its first number in them, pairs of such numbers, and its first high digit. */
export const stripFields = {column: 0, begin: 1, pairs: 2, at: 3, count: 4} as const;

/** The numbers of a panel: all of a block. */
export const panel = columnBlock * depthBlock;

export function panelBytes(precision: Precision): number {
  return (panel * groupBytes[precision]) / tileGroup[precision];
}

/** A block, by its first column and the first of its numbers in this column. */
export interface Block {
  readonly column: number;
  readonly depth: number;
}

/** The blocks of these columns, in the order in which they are stored. @param columns from a multiple of `columnBlock` on */
export function blocksOf(columns: Range, depth: number): readonly Block[] {
  const down = blocksDown(depth);
  const count = down * Math.ceil((columns.end - columns.begin) / columnBlock);
  return Array.from({length: count}, (_, i) => ({
    column: columns.begin + Math.floor(i / down) * columnBlock,
    depth: (i % down) * depthBlock,
  }));
}

/** The blocks that a column goes through. */
export function blocksDown(depth: number): number {
  return Math.ceil(depth / depthBlock);
}

/** The numbers of a column in block k. */
export function depthRange(k: number, depth: number): Range {
  return {begin: k * depthBlock, end: Math.min((k + 1) * depthBlock, depth)};
}

/** The part of a matrix in these columns, from a multiple of `columnBlock` on. */
export function columnsOf(
  {unit, low, high, strips: {firsts, places}}: FixedPoint,
  {begin, end}: Range,
  depth: number,
): FixedPoint {
  const [first, last] = [begin, end].map((column) => Math.ceil(column / columnBlock)) as [
    number,
    number,
  ];
  const panels = panel * blocksDown(depth);
  const own = firsts.subarray(first, last + 1);
  const {at, count} = stripFields;
  const ownPlaces = places.slice(count * own[0]!, count * own.at(-1)!);
  const next = places[count * own.at(-1)! + at] ?? high.length;
  const start = ownPlaces[at] ?? next;
  for (let strip = 0; strip < ownPlaces.length; strip += count) ownPlaces[strip + at]! -= start;
  return {
    unit,
    low: low.subarray(first * panels, last * panels),
    high: high.subarray(start, next),
    strips: {firsts: own.map((strip) => strip - own[0]!), places: ownPlaces},
  };
}
