import {columnBlock, depthBlock} from './block-sizes.ts';
import {pack} from './pack.ts';
import {blocksOf, panel, type PackedRight} from './packed-right.ts';
import type {BlockComputer, Product} from './product.ts';
import {tileColumns} from './tile-kernel.ts';

/** The data of threads that compute a product together. */
export interface Share {
  readonly product: Product;
  /** The right operand, or room for it. */
  readonly packed: PackedRight;
  /** Rows that a thread takes at a time. */
  readonly rows: number;
  /** How much the threads have taken and done, by `counters`. */
  readonly counts: Int32Array;
}

/** The first row that no thread has taken; blocks of the right operand that threads have taken, and have packed. */
const counters = {row: 0, takenBlocks: 1, packedBlocks: 2} as const;

export function newCounts(): Int32Array {
  return new Int32Array(new SharedArrayBuffer(4 * Object.keys(counters).length));
}

/** Computes this thread's part of a product: blocks of the right operand are packed, and then rows computed. */
export function takePart({product, packed, rows, counts}: Share, computer: BlockComputer): void {
  packBlocks(product, packed, counts);
  for (;;) {
    const begin = Atomics.add(counts, counters.row, rows);
    if (begin >= product.rows) return;
    computer.compute(product, packed, {begin, end: Math.min(begin + rows, product.rows)});
  }
}

/** Packs blocks until none is left, and waits until the other threads have packed theirs. */
function packBlocks(
  {right, columns, depth, precision}: Product,
  {panels}: PackedRight,
  counts: Int32Array,
): void {
  if ('panels' in right) return;
  const blocks = blocksOf(columns, depth);
  for (;;) {
    const index = Atomics.add(counts, counters.takenBlocks, 1);
    const block = blocks[index];
    if (block === undefined) break;
    const stretch = {begin: block.column, end: Math.min(block.column + columnBlock, columns)};
    const range = {begin: block.depth, end: Math.min(block.depth + depthBlock, depth)};
    const to = panels.subarray(index * panel, (index + 1) * panel);
    pack(right, stretch, range, {to, tile: tileColumns[precision]});
    Atomics.add(counts, counters.packedBlocks, 1);
    Atomics.notify(counts, counters.packedBlocks);
  }
  for (;;) {
    const done = Atomics.load(counts, counters.packedBlocks);
    if (done === blocks.length) return;
    Atomics.wait(counts, counters.packedBlocks, done);
  }
}
