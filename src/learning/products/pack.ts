import {tileGroup, type Precision} from './tile-kernel.ts';

/** The operands of a product, as arrays. */
export type Numbers = Uint8Array | Float32Array | Float64Array;

/** One side of a product: rows of `depth` numbers with any strides. */
export interface Operand {
  readonly values: Numbers;
  /** Strides from one row to the next, and from one number of a row to the next. */
  readonly rowStride: number;
  readonly depthStride: number;
  /** Number k of each row counts as value × scale − mean[k]; bytes that are multiplied as whole numbers as themselves. */
  readonly scale: number;
  readonly mean?: Float64Array;
}

/** A stretch of rows, columns or depth. */
export interface Range {
  readonly begin: number;
  readonly end: number;
}

/** Where numbers are packed for a tile kernel, with the rows of a tile. */
export interface Packing {
  readonly to: Int16Array | Float32Array | Float64Array;
  readonly tile: number;
}

/** The steps that a kernel takes along this depth. */
export function stepsOf({begin, end}: Range, precision: Precision): number {
  return Math.ceil((end - begin) / tileGroup[precision]);
}

/** Packs rows tile after tile; missing numbers of the last tile and the last group become zeros. */
export function pack(operand: Operand, rows: Range, depth: Range, {to, tile}: Packing): void {
  const isWhole = to instanceof Int16Array;
  const length = depth.end - depth.begin;
  const tileLength = isWhole ? tile * (length + (length % 2)) : tile * length;
  const mean = operand.mean?.subarray(depth.begin, depth.end) ?? noMean;
  for (let row = rows.begin; row < rows.end; row += tile) {
    const at = ((row - rows.begin) / tile) * tileLength;
    const count = Math.min(tile, rows.end - row);
    if (count < tile || (isWhole && length % 2 > 0)) to.fill(0, at, at + tileLength);
    const from = row * operand.rowStride + depth.begin * operand.depthStride;
    const place = {from, length, count, at, tile};
    if (isWhole) packWhole(operand, to, place);
    else packFloats(operand, mean, to, place);
  }
}

/** At least as many as numbers of a row that are packed at a time. */
const noMean = new Float64Array(256);

interface Place {
  /** The first number of the tile in the operand. */
  readonly from: number;
  /** Numbers of a row. */
  readonly length: number;
  /** Rows that exist. */
  readonly count: number;
  /** The place of the tile among those packed, and its rows. */
  readonly at: number;
  readonly tile: number;
}

function packFloats(
  {values, rowStride, depthStride, scale}: Operand,
  mean: Float64Array,
  to: Float32Array | Float64Array,
  {from, length, count, at, tile}: Place,
): void {
  for (let k = 0, source = from, target = at; k < length; k++) {
    const less = mean[k]!;
    for (let r = 0; r < count; r++) to[target + r] = values[source + r * rowStride]! * scale - less;
    source += depthStride;
    target += tile;
  }
}

function packWhole(
  {values, rowStride, depthStride}: Operand,
  to: Int16Array,
  {from, length, count, at, tile}: Place,
): void {
  for (let k = 0, source = from; k < length; k++) {
    const target = at + (k >> 1) * 2 * tile + (k & 1);
    for (let r = 0; r < count; r++) to[target + 2 * r] = values[source + r * rowStride]!;
    source += depthStride;
  }
}
