import {columnBlock, depthBlock, sumsStride} from './block-sizes.ts';
import {stepsOf, type Range} from './pack.ts';
import {blocksDown, depthRange, panelBytes, stripFields} from './packed-right.ts';
import type {PackedStrips, Part} from './product.ts';
import type {Scratch} from './product-memory.ts';
import {
  groupBytes,
  tileColumns,
  tileGroup,
  tileRows,
  type TileKernel,
  type TileKernels,
} from './tile-kernel.ts';

/** Numbers of the right operand: their address, and the steps along the depth that they are for. */
interface Panel {
  readonly right: number;
  readonly first: number;
  readonly steps: number;
}

/** Rows and columns by their places among the sums. */
interface Rectangle {
  readonly rows: Range;
  readonly columns: Range;
}

/** Multiplies the packed rows of a scratch by the packed right operand. Whoever stores the sums applies the scale. */
export class Multiplication {
  readonly #part: Part;
  readonly #kernels: TileKernels;
  readonly #scratch: Scratch;
  /** Bytes of a step of a tile's rows, and from one such tile to the next. */
  readonly #step: number;
  readonly #leftStride: number;

  constructor(part: Part, kernels: TileKernels, scratch: Scratch) {
    const {depth, precision} = part.product;
    this.#part = part;
    this.#kernels = kernels;
    this.#scratch = scratch;
    this.#step = tileRows * groupBytes[precision];
    this.#leftStride = stepsOf({begin: 0, end: depth}, precision) * this.#step;
  }

  /** Sets the sums to those of a block of columns. */
  compute(columns: Range): void {
    const {product, columns: all, strips} = this.#part;
    const {precision, depth} = product;
    const down = blocksDown(depth);
    const block = (columns.begin - all.begin) / columnBlock;
    for (let k = 0; k < down; k++) {
      const panel = {
        right: (block * down + k) * panelBytes(precision),
        first: (k * depthBlock) / tileGroup[precision],
        steps: stepsOf(depthRange(k, depth), precision),
      };
      this.#addPanel(columns, panel, k === 0 ? this.#kernels.set : this.#kernels.add);
    }
    if (strips !== undefined) this.#addStrips(block, strips);
  }

  #addPanel(columns: Range, panel: Panel, kernel: TileKernel): void {
    const {product, rows} = this.#part;
    const count = rows.end - rows.begin;
    const width = columns.end - columns.begin;
    if (!product.isSymmetric || columns.begin >= rows.end) {
      const all = {rows: {begin: 0, end: count}, columns: {begin: 0, end: width}};
      this.#call(kernel, all, panel);
      return;
    }
    // Tiles to the left of the diagonal are not needed.
    const tile = tileColumns[product.precision];
    for (let row = 0; row < count; row += tileRows) {
      const begin = Math.max(0, Math.floor((rows.begin + row - columns.begin) / tile) * tile);
      if (begin >= width) return;
      const right = panel.right + begin * panel.steps * groupBytes[product.precision];
      const tiles = {rows: {begin: row, end: row + tileRows}, columns: {begin, end: width}};
      this.#call(kernel, tiles, {...panel, right});
    }
  }

  #addStrips(block: number, {firsts, places, highAt}: PackedStrips): void {
    const {rows} = this.#part;
    const range = {begin: 0, end: rows.end - rows.begin};
    const {column, begin, pairs, at, count} = stripFields;
    for (let strip = count * firsts[block]!; strip < count * firsts[block + 1]!; strip += count) {
      const first = places[strip + column]!;
      const panel = {
        right: highAt + 2 * places[strip + at]!,
        first: places[strip + begin]! / 2,
        steps: places[strip + pairs]!,
      };
      const columns = {begin: first, end: first + tileColumns.whole};
      this.#call(this.#kernels.addHigh!, {rows: range, columns}, panel);
    }
  }

  #call(kernel: TileKernel, {rows, columns}: Rectangle, panel: Panel): void {
    const {leftAt, sumsAt} = this.#scratch;
    const {right, first, steps} = panel;
    const left = leftAt + (rows.begin / tileRows) * this.#leftStride + first * this.#step;
    const sums = sumsAt + rows.begin * sumsStride + columns.begin * 8;
    const end = sumsAt + rows.end * sumsStride + columns.begin * 8;
    const width = 8 * (columns.end - columns.begin);
    kernel(left, right, sums, end, this.#leftStride, width, steps);
  }
}
