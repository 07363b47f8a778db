import {columnBlock, depthBlock} from './block-sizes.ts';

/** A right operand in blocks, in shared memory, each as tile kernels read it. */
export interface PackedRight {
  /** `panel` numbers for each block, or for each digit of a block. */
  readonly panels: Int16Array | Float32Array | Float64Array;
  /** Absent: each block is one panel of its numbers. */
  readonly digits?: Digits;
}

/** Blocks that are sums of panels, each times its unit. */
export interface Digits {
  readonly units: Float64Array;
  /** Of each block: its first panel; and the number of panels. */
  readonly firsts: Int32Array;
}

/** The room of a block. */
export const panel = columnBlock * depthBlock;

/** A block, by its first column and the first of its numbers in this column. */
export interface Block {
  readonly column: number;
  readonly depth: number;
}

/** All blocks, in the order in which they are stored. */
export function blocksOf(columns: number, depth: number): readonly Block[] {
  const down = Math.ceil(depth / depthBlock);
  return Array.from({length: down * Math.ceil(columns / columnBlock)}, (_, i) => ({
    column: Math.floor(i / down) * columnBlock,
    depth: (i % down) * depthBlock,
  }));
}

/** The panels of a block, with their units. @param length the depth of all blocks together */
export function panelsOf(
  {panels, digits}: PackedRight,
  {column, depth}: Block,
  length: number,
): readonly {readonly numbers: PackedRight['panels']; readonly unit: number}[] {
  const block = (column / columnBlock) * Math.ceil(length / depthBlock) + depth / depthBlock;
  const first = digits?.firsts[block] ?? block;
  const end = digits?.firsts[block + 1] ?? block + 1;
  return Array.from({length: end - first}, (_, i) => ({
    numbers: panels.subarray((first + i) * panel, (first + i + 1) * panel),
    unit: digits?.units[first + i] ?? 1,
  }));
}
