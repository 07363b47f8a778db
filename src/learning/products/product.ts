import {tileColumns, tileKernel, tileRows, type Precision, type TileKernel} from './tile-kernel.ts';

/** The operands of a product, as arrays. */
export type Numbers = Uint8Array | Float32Array | Float64Array;

/** One side of a product: rows of `depth` numbers with any strides. */
export interface Operand {
  readonly values: Numbers;
  /** Strides from one row to the next, and from one number of a row to the next. */
  readonly rowStride: number;
  readonly depthStride: number;
  /** Number k of each row counts as value × scale − mean[k]. */
  readonly scale: number;
  readonly mean?: Float64Array;
}

/**
 * result[i, j] = scale·Σₖ left[i, k]·right[j, k] + offset[j], plus `diagonal` where i = j; or this added to the
 * result's old numbers. Each element's sum has a fixed order, whichever thread computes it: blocks of `depthBlock` in
 * the given precision, and these in float64.
 */
export interface Product {
  readonly left: Operand;
  readonly right: Operand;
  readonly rows: number;
  readonly columns: number;
  readonly depth: number;
  readonly precision: Precision;
  /** The result is symmetric: only one half is computed. */
  readonly isSymmetric: boolean;
  readonly result: Float32Array | Float64Array;
  readonly scale: number;
  readonly offset?: Float64Array;
  readonly diagonal: number;
  readonly isAdded: boolean;
}

/** Rows per block, the unit that threads take. */
export const rowBlock = 128;
const columnBlock = 64;
/** The sum of 256 products of two bytes is exact in float32: 256·255² < 2²⁴. */
const depthBlock = 256;

/** Computes blocks of rows of products, with the memory of one thread. */
export class BlockComputer {
  #scratch: Scratch | undefined;
  readonly #kernels = new Map<Precision, TileKernel>();

  /** Computes the rows from `block`·rowBlock on. */
  compute(product: Product, block: number): void {
    const begin = block * rowBlock;
    const end = Math.min(begin + rowBlock, product.rows);
    const room = this.#scratchFor(product.columns);
    const firstColumn = product.isSymmetric ? begin - (begin % columnBlock) : 0;
    room.sums.fill(0);
    for (let k = 0; k < product.depth; k += depthBlock) {
      const depth = {begin: k, end: Math.min(k + depthBlock, product.depth)};
      pack(product.left, {begin, end}, depth, {to: room.pack(product, 'left'), tile: tileRows});
      for (let j = firstColumn; j < product.columns; j += columnBlock) {
        const columns = {begin: j, end: Math.min(j + columnBlock, product.columns)};
        const tile = tileColumns[product.precision];
        pack(product.right, columns, depth, {to: room.pack(product, 'right'), tile});
        this.#multiply(product.precision, {rows: end - begin, columns, depth: depth.end - k});
      }
    }
    store(product, {begin, end}, room);
  }

  #multiply(
    precision: Precision,
    block: {readonly rows: number; readonly columns: Range; readonly depth: number},
  ): void {
    const room = this.#scratch!;
    const kernel = this.#kernel(precision, room);
    const width = tileColumns[precision];
    const bytes = precision === 'single' ? 4 : 8;
    const stride = room.width * 8;
    const {rows, columns, depth} = block;
    for (let i = 0; i < rows; i += tileRows) {
      for (let j = columns.begin; j < columns.end; j += width) {
        const a = room.leftAt + i * depth * bytes;
        const b = room.rightAt + (j - columns.begin) * depth * bytes;
        kernel(a, b, room.sumsAt + i * stride + j * 8, depth, stride);
      }
    }
  }

  #kernel(precision: Precision, {memory}: Scratch): TileKernel {
    const kernel = this.#kernels.get(precision) ?? tileKernel(precision, memory);
    this.#kernels.set(precision, kernel);
    return kernel;
  }

  #scratchFor(columns: number): Scratch {
    const width = Math.ceil(columns / columnBlock) * columnBlock;
    if (this.#scratch?.width !== width) {
      this.#scratch = new Scratch(width);
      this.#kernels.clear();
    }
    return this.#scratch;
  }
}

/** A stretch of rows, columns or depth. */
interface Range {
  readonly begin: number;
  readonly end: number;
}

/** The memory of one thread: both packed operands, and the sums of a block of rows. */
class Scratch {
  readonly width: number;
  readonly leftAt = 0;
  readonly rightAt = rowBlock * depthBlock * 8;
  readonly sumsAt = this.rightAt + columnBlock * depthBlock * 8;
  readonly memory;
  readonly sums: Float64Array;

  constructor(width: number) {
    this.width = width;
    const bytes = this.sumsAt + rowBlock * width * 8;
    this.memory = new WebAssembly.Memory({initial: Math.ceil(bytes / 65_536)});
    this.sums = new Float64Array(this.memory.buffer, this.sumsAt, rowBlock * width);
  }

  pack({precision}: Product, side: 'left' | 'right'): Float32Array | Float64Array {
    const [at, rows] = side === 'left' ? [this.leftAt, rowBlock] : [this.rightAt, columnBlock];
    return precision === 'single'
      ? new Float32Array(this.memory.buffer, at, rows * depthBlock)
      : new Float64Array(this.memory.buffer, at, rows * depthBlock);
  }
}

/** Packs rows tile after tile; missing rows of the last tile become zeros. */
function pack(
  operand: Operand,
  rows: Range,
  depth: Range,
  {to, tile}: {readonly to: Float32Array | Float64Array; readonly tile: number},
): void {
  const steps = depth.end - depth.begin;
  const mean = operand.mean?.subarray(depth.begin, depth.end) ?? noMean;
  for (let row = rows.begin; row < rows.end; row += tile) {
    const base = (row - rows.begin) * steps;
    for (let r = 0; r < tile; r++) {
      const from = (row + r) * operand.rowStride + depth.begin * operand.depthStride;
      if (row + r < rows.end) packRow(operand, mean, {from, steps}, {to, at: base + r, tile});
      else for (let k = 0; k < steps; k++) to[base + r + k * tile] = 0;
    }
  }
}

const noMean = new Float64Array(depthBlock);

function packRow(
  {values, depthStride, scale}: Operand,
  mean: Float64Array,
  {from, steps}: {readonly from: number; readonly steps: number},
  place: {readonly to: Float32Array | Float64Array; readonly at: number; readonly tile: number},
): void {
  const {to, tile} = place;
  let [source, target] = [from, place.at];
  for (let k = 0; k < steps; k++) {
    to[target] = values[source]! * scale - mean[k]!;
    source += depthStride;
    target += tile;
  }
}

function store(product: Product, rows: Range, {sums, width}: Scratch): void {
  const {columns, result, scale, offset, diagonal, isSymmetric, isAdded} = product;
  for (let i = rows.begin; i < rows.end; i++) {
    const from = (i - rows.begin) * width;
    for (let j = isSymmetric ? i : 0; j < columns; j++) {
      const sum = scale * sums[from + j]! + (offset?.[j] ?? 0) + (i === j ? diagonal : 0);
      const value = isAdded ? result[i * columns + j]! + sum : sum;
      result[i * columns + j] = value;
      if (isSymmetric) result[j * columns + i] = value;
    }
  }
}
