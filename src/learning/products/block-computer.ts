import {columnBlock, mostRows} from './block-sizes.ts';
import {Multiplication} from './multiplication.ts';
import {pack, stepsOf} from './pack.ts';
import type {Part} from './product.ts';
import {numbersAt, type Scratch, type SharedMemory} from './product-memory.ts';
import {tileGroup, tileKernels, tileRows, type Precision, type TileKernels} from './tile-kernel.ts';

/** Computes parts of products, as one thread. */
export class BlockComputer {
  readonly #kernels = new Map<Precision, TileKernels>();

  /** @param memory always the same, in which the right operand is packed from 0 on */
  compute(part: Part, memory: SharedMemory, scratch: Scratch): void {
    const {product, rows, columns} = part;
    // To the left of the diagonal, the result is that of other rows.
    const first = product.isSymmetric ? Math.max(columns.begin, rows.begin) : columns.begin;
    if (first >= columns.end) return;
    const {precision, depth} = product;
    const length = stepsOf({begin: 0, end: depth}, precision) * tileGroup[precision];
    const left = numbersAt(memory, precision, scratch.leftAt, mostRows * length);
    pack(product.left, rows, {begin: 0, end: depth}, {to: left, tile: tileRows});
    const sums = new Float64Array(memory.buffer, scratch.sumsAt, mostRows * columnBlock);
    const multiplication = new Multiplication(part, this.#kernelsFor(precision, memory), scratch);
    for (let column = first; column < columns.end; column += columnBlock) {
      const block = {begin: column, end: Math.min(column + columnBlock, columns.end)};
      multiplication.compute(block);
      store({product, rows, columns: block}, sums);
    }
  }

  #kernelsFor(precision: Precision, memory: SharedMemory): TileKernels {
    const kernels = this.#kernels.get(precision) ?? tileKernels(precision, memory);
    this.#kernels.set(precision, kernels);
    return kernels;
  }
}

function store({product, rows, columns}: Part, sums: Float64Array): void {
  const {result, resultStride: stride, scale, offset, diagonal, isSymmetric, isAdded} = product;
  for (let i = rows.begin; i < rows.end; i++) {
    const begin = isSymmetric ? Math.max(i, columns.begin) : columns.begin;
    const row = i * stride;
    const from = (i - rows.begin) * columnBlock - columns.begin - row;
    const end = row + columns.end;
    for (let at = row + begin, j = begin; at < end; at++, j++) {
      const sum = scale * sums[from + at]! + offset[j]!;
      result[at] = isAdded ? result[at]! + sum : sum;
    }
    if (i >= columns.begin && i < columns.end) result[row + i]! += diagonal;
  }
  if (isSymmetric && !product.isUpper) mirror({product, rows, columns});
}

/** Rows that are copied into columns at a time: a line of the cache of each is read while it is there. */
const mirrored = 16;

function mirror({product, rows, columns}: Part): void {
  const {result, resultStride: stride} = product;
  for (let row = rows.begin; row < rows.end; row += mirrored) {
    const end = Math.min(row + mirrored, rows.end);
    for (let j = Math.max(row + 1, columns.begin); j < columns.end; j++) {
      for (let i = row; i < Math.min(end, j); i++) result[j * stride + i] = result[i * stride + j]!;
    }
  }
}
