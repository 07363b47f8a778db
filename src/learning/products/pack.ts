import {tileGroup, type Precision} from './tile-kernel.ts';

/** The operands of a product, as arrays. */
export type Numbers = Uint8Array | Float32Array | Float64Array;

/** One side of a product: rows of `depth` numbers with any strides. */
export interface Operand {
  readonly values: Numbers;
  /** Strides from one row to the next, and from one number of a row to the next. */
  readonly rowStride: number;
  readonly depthStride: number;
  /** Number k of each row counts as value × scale − mean[k]; bytes that are multiplied as whole numbers as themselves. Default: 1. */
  readonly scale?: number;
  readonly mean?: Float64Array;
}

/** A stretch of rows, columns or depth. */
export interface Range {
  readonly begin: number;
  readonly end: number;
}

/** Numbers as tile kernels read them. */
export type Packed = Int16Array | Float32Array | Float64Array;

/** Where numbers are packed for a tile kernel, with the rows of a tile. */
export interface Packing {
  readonly to: Packed;
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
  const mean = operand.mean?.subarray(depth.begin, depth.end);
  for (let row = rows.begin; row < rows.end; row += tile) {
    const at = ((row - rows.begin) / tile) * tileLength;
    const count = Math.min(tile, rows.end - row);
    if (count < tile) to.fill(0, at, at + tileLength);
    const from = row * operand.rowStride + depth.begin * operand.depthStride;
    const place = {from, length, count, at, tile};
    if (isWhole) packWhole(operand, to, place);
    else packFloats(operand, mean, to, place);
  }
}

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
  {values, rowStride, depthStride, scale = 1}: Operand,
  mean: Float64Array | undefined,
  to: Float32Array | Float64Array,
  {from, length, count, at, tile}: Place,
): void {
  for (let r = 0; r < count; r++) {
    let [source, target] = [from + r * rowStride, at + r];
    for (let k = 0; k < length; k++) {
      to[target] =
        mean === undefined ? values[source]! * scale : values[source]! * scale - mean[k]!;
      source += depthStride;
      target += tile;
    }
  }
}

/** Packs pairs of numbers of a row, each pair as one word. */
function packWhole(
  {values, rowStride, depthStride}: Operand,
  to: Int16Array,
  {from, length, count, at, tile}: Place,
): void {
  const pairs = new Int32Array(to.buffer, to.byteOffset + 2 * at, tile * Math.ceil(length / 2));
  const pairStride = 2 * depthStride;
  const whole = length >> 1;
  for (let r = 0; r < count; r++) {
    let [source, target] = [from + r * rowStride, r];
    for (let pair = 0; pair < whole; pair++) {
      pairs[target] = values[source]! | (values[source + depthStride]! << 16);
      source += pairStride;
      target += tile;
    }
    if (target < pairs.length) pairs[target] = values[source]!;
  }
}
