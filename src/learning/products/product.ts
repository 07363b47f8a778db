import {columnBlock, depthBlock} from './block-sizes.ts';
import {pack, stepsOf, type Operand, type Packing, type Range} from './pack.ts';
import {panelsOf, type PackedRight} from './packed-right.ts';
import {
  factorAt,
  groupBytes,
  tileColumns,
  tileKernel,
  tileRows,
  type Precision,
  type TileKernel,
} from './tile-kernel.ts';

/**
 * result[i, j] = scale·Σₖ left[i, k]·right[j, k] + offset[j], plus `diagonal` where i = j; or this added to the
 * result's old numbers. Each element's sum has a fixed order, whichever thread computes it: blocks of `depthBlock` in
 * the given precision, and these in float64. Operands of whole numbers are bytes, or packed digits on the right.
 */
export interface Product {
  readonly left: Operand;
  readonly right: Operand | PackedRight;
  readonly rows: number;
  readonly columns: number;
  readonly depth: number;
  readonly precision: Precision;
  /** The result is symmetric: only the upper half is computed. */
  readonly isSymmetric: boolean;
  /** The lower half of a symmetric result is left as it is. */
  readonly isUpper?: true;
  readonly result: Float32Array | Float64Array;
  /** From one row of the result to the next; absent: the number of columns. */
  readonly resultStride?: number;
  readonly scale: number;
  readonly offset?: Float64Array;
  readonly diagonal: number;
  readonly isAdded: boolean;
}

/** At most as many rows are packed at a time as fill half of a core's cache. */
export const mostRows = 256;

/** Computes ranges of rows of products, with the memory of one thread. */
export class BlockComputer {
  #scratch: Scratch | undefined;
  readonly #kernels = new Map<Precision, TileKernel>();

  /** Computes at most `mostRows` rows, from a multiple of `columnBlock` on. */
  compute(product: Product, right: PackedRight, rows: Range): void {
    const {precision, left, columns} = product;
    const room = this.#scratchFor(columns);
    const {to: packedRight} = room.packing(precision, 'right');
    const firstColumn = product.isSymmetric ? rows.begin : 0;
    room.sums.fill(0, 0, (rows.end - rows.begin) * room.width);
    for (let k = 0; k < product.depth; k += depthBlock) {
      const depth = {begin: k, end: Math.min(k + depthBlock, product.depth)};
      const steps = stepsOf(depth, precision);
      pack(left, rows, depth, room.packing(precision, 'left'));
      for (let j = firstColumn; j < columns; j += columnBlock) {
        const stretch = {begin: j, end: Math.min(j + columnBlock, columns)};
        for (const {numbers, unit} of panelsOf(right, {column: j, depth: k}, product.depth)) {
          packedRight.set(numbers);
          room.factor[0] = unit;
          this.#multiply(precision, {rows: rows.end - rows.begin, columns: stretch, steps});
        }
      }
    }
    store(product, rows, room);
  }

  #multiply(
    precision: Precision,
    block: {readonly rows: number; readonly columns: Range; readonly steps: number},
  ): void {
    const room = this.#scratch!;
    const kernel = this.#kernel(precision, room);
    const bytes = groupBytes[precision];
    const stride = room.width * 8;
    const {rows, columns, steps} = block;
    const first = room.sumsAt + columns.begin * 8;
    const end = room.sumsAt + columns.end * 8;
    for (let i = 0; i < rows; i += tileRows) {
      const a = room.leftAt + i * steps * bytes;
      kernel(a, room.rightAt, first + i * stride, end + i * stride, steps, stride);
    }
  }

  #kernel(precision: Precision, {memory}: Scratch): TileKernel {
    const kernel = this.#kernels.get(precision) ?? tileKernel(precision, memory);
    this.#kernels.set(precision, kernel);
    return kernel;
  }

  #scratchFor(columns: number): Scratch {
    const width = Math.ceil(columns / columnBlock) * columnBlock;
    if (this.#scratch === undefined || this.#scratch.width < width) {
      this.#scratch = new Scratch(width);
      this.#kernels.clear();
    }
    return this.#scratch;
  }
}

/** The memory of one thread: a factor, both packed operands, and the sums of a range of rows. */
class Scratch {
  readonly width: number;
  readonly leftAt = factorAt + 16;
  readonly rightAt = this.leftAt + mostRows * depthBlock * 8;
  readonly sumsAt = this.rightAt + columnBlock * depthBlock * 8;
  readonly memory;
  readonly factor: Float64Array;
  readonly sums: Float64Array;

  constructor(width: number) {
    this.width = width;
    const bytes = this.sumsAt + mostRows * width * 8;
    this.memory = new WebAssembly.Memory({initial: Math.ceil(bytes / 65_536)});
    this.factor = new Float64Array(this.memory.buffer, factorAt, 1);
    this.sums = new Float64Array(this.memory.buffer, this.sumsAt, mostRows * width);
  }

  packing(precision: Precision, side: 'left' | 'right'): Packing {
    const isLeft = side === 'left';
    const [at, rows] = isLeft ? [this.leftAt, mostRows] : [this.rightAt, columnBlock];
    const tile = isLeft ? tileRows : tileColumns[precision];
    const place = [this.memory.buffer, at, rows * depthBlock] as const;
    switch (precision) {
      case 'whole':
        return {to: new Int16Array(...place), tile};
      case 'single':
        return {to: new Float32Array(...place), tile};
      case 'double':
        return {to: new Float64Array(...place), tile};
    }
  }
}

function store(product: Product, rows: Range, {sums, width}: Scratch): void {
  const {columns, result, scale, offset, diagonal, isSymmetric, isAdded} = product;
  const {resultStride: stride = columns} = product;
  for (let i = rows.begin; i < rows.end; i++) {
    const from = (i - rows.begin) * width;
    for (let j = isSymmetric ? i : 0; j < columns; j++) {
      const sum = scale * sums[from + j]! + (offset?.[j] ?? 0) + (i === j ? diagonal : 0);
      result[i * stride + j] = isAdded ? result[i * stride + j]! + sum : sum;
    }
  }
  if (isSymmetric && product.isUpper === undefined) mirror(product, rows);
}

/** Rows that are copied into columns at a time: a line of the cache of each is read while it is there. */
const mirrored = 16;

function mirror({result, columns, resultStride: stride = columns}: Product, rows: Range): void {
  for (let row = rows.begin; row < rows.end; row += mirrored) {
    const end = Math.min(row + mirrored, rows.end);
    for (let j = row + 1; j < columns; j++) {
      for (let i = row; i < Math.min(end, j); i++) result[j * stride + i] = result[i * stride + j]!;
    }
  }
}
