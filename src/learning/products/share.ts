import {columnBlock, depthBlock} from './block-sizes.ts';
import {pack, type Operand, type Range} from './pack.ts';
import {blocksOf, depthRange, panel, panelBytes} from './packed-right.ts';
import type {BlockComputer} from './block-computer.ts';
import type {Computation, PackedStrips} from './product.ts';
import {numbersAt, scratchAt, scratchBytes, type SharedMemory} from './product-memory.ts';
import {tileColumns} from './tile-kernel.ts';

/** The data of threads that compute columns of a product together. */
export interface Share {
  readonly product: Computation;
  readonly columns: Range;
  /** The operand that the threads pack first, or the strips of a matrix that is packed already. */
  readonly right: Operand | PackedStrips;
  readonly memory: SharedMemory;
  /** The address of the first scratch, after the packed right operand. */
  readonly scratchesAt: number;
  /** Rows that a thread takes at a time. */
  readonly rows: number;
  /** How much the threads have taken and done, by `counters`. */
  readonly counts: Int32Array;
}

/** Threads that take part; the first row that none has taken; blocks of the right operand that they have taken, and packed. */
const counters = {threads: 0, row: 1, takenBlocks: 2, packedBlocks: 3} as const;

export function newCounts(): Int32Array {
  return new Int32Array(new SharedArrayBuffer(4 * Object.keys(counters).length));
}

/** Computes this thread's part of a product: blocks of the right operand are packed, and then rows computed. */
export function takePart(share: Share, computer: BlockComputer): void {
  const {product, right, columns, memory, rows, counts} = share;
  const before =
    Atomics.add(counts, counters.threads, 1) * scratchBytes(product.precision, product.depth);
  const scratch = scratchAt(share.scratchesAt + before);
  const isPacked = 'places' in right;
  if (!isPacked) packBlocks(right, share);
  const part = {product, columns, ...(isPacked && {strips: right})};
  for (;;) {
    const begin = Atomics.add(counts, counters.row, rows);
    if (begin >= product.rows) return;
    const range = {begin, end: Math.min(begin + rows, product.rows)};
    computer.compute({...part, rows: range}, memory, scratch);
  }
}

/** Packs blocks until none is left, and waits until the other threads have packed theirs. */
function packBlocks(right: Operand, {product, columns, memory, counts}: Share): void {
  const {depth, precision} = product;
  const blocks = blocksOf(columns, depth);
  const tile = tileColumns[precision];
  for (;;) {
    const index = Atomics.add(counts, counters.takenBlocks, 1);
    const block = blocks[index];
    if (block === undefined) break;
    const stretch = {begin: block.column, end: Math.min(block.column + columnBlock, columns.end)};
    const range = depthRange(block.depth / depthBlock, depth);
    const to = numbersAt(memory, precision, index * panelBytes(precision), panel);
    pack(right, stretch, range, {to, tile});
    Atomics.add(counts, counters.packedBlocks, 1);
    Atomics.notify(counts, counters.packedBlocks);
  }
  for (;;) {
    const done = Atomics.load(counts, counters.packedBlocks);
    if (done === blocks.length) return;
    Atomics.wait(counts, counters.packedBlocks, done);
  }
}
