import {mostRows, sumsStride} from './block-sizes.ts';
import {stepsOf, type Packed} from './pack.ts';
import {groupBytes, type Precision} from './tile-kernel.ts';

/** Memory in which all threads find the packed right operand, from 0 on, and each its own scratch. */
export type SharedMemory = WebAssembly.Memory;

/** The scratch of one thread: addresses of the sums of a block, and of the packed left operand. */
export interface Scratch {
  readonly sumsAt: number;
  readonly leftAt: number;
}

export function scratchAt(sumsAt: number): Scratch {
  return {sumsAt, leftAt: sumsAt + mostRows * sumsStride};
}

/** The bytes of a scratch for this depth. */
export function scratchBytes(precision: Precision, depth: number): number {
  return (
    mostRows * (sumsStride + stepsOf({begin: 0, end: depth}, precision) * groupBytes[precision])
  );
}

/** Packed numbers at an address of the memory. */
export function numbersAt(
  {buffer}: SharedMemory,
  precision: Precision,
  at: number,
  length: number,
): Packed {
  switch (precision) {
    case 'whole':
      return new Int16Array(buffer, at, length);
    case 'single':
      return new Float32Array(buffer, at, length);
    case 'double':
      return new Float64Array(buffer, at, length);
  }
}
