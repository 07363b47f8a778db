/** A generated kernel, as data: the operations of a group, their sources, and the results that are stored. */
import type {LoopNest, OperandLayout} from '../../../compile/cpu/loop-nest.ts';
import type {ElementwiseKind} from '../../../op-traits.ts';

/** A source of a group's operations. */
export type Source =
  | {readonly kind: 'constant'; readonly value: number}
  /** A tensor, by its index in the group, with its layout. */
  | {readonly kind: 'tensor'; readonly tensor: number; readonly layout: OperandLayout};

/** An operand's origin: the index of a source, or of an earlier operation. */
export type From =
  {readonly kind: 'source'; readonly of: number} | {readonly kind: 'result'; readonly of: number};

export interface KernelOperation {
  readonly kind: ElementwiseKind;
  readonly operands: readonly From[];
  /** The index of the tensor that the result is stored to. */
  readonly to?: number;
}

export interface KernelSum {
  readonly of: From;
  /** The index of the tensor that holds the sum's parts. */
  readonly to: number;
}

/** Means over blocks of pixels. A block is visited pixel by pixel; the first one finds undefined numbers in the result. */
export interface KernelPool {
  readonly of: From;
  readonly share: number;
  /** The layout of the small images, which has steps of 0 along the axes of a block. */
  readonly layout: OperandLayout;
  /** The index of the tensor of the small images. */
  readonly to: number;
}

export interface Kernel {
  readonly nest: LoopNest;
  readonly sources: readonly Source[];
  readonly operations: readonly KernelOperation[];
  readonly sums: readonly KernelSum[];
  readonly pools: readonly KernelPool[];
}
