/** What a generated kernel computes: the operations of a group, their sources, and what is stored. */
import type {LoopNest, OperandLayout} from '../../../compile/cpu/loop-nest.ts';
import type {ElementwiseKind} from '../../../op-traits.ts';

/** A source of a group's operations. */
export type Source =
  | {readonly kind: 'constant'; readonly value: number}
  /** A tensor, by its place among the group's, and how it lies. */
  | {readonly kind: 'tensor'; readonly tensor: number; readonly layout: OperandLayout};

/** The origin of an operand: the place of a source, or of an earlier operation. */
export type From =
  {readonly kind: 'source'; readonly of: number} | {readonly kind: 'result'; readonly of: number};

export interface KernelOperation {
  readonly kind: ElementwiseKind;
  readonly operands: readonly From[];
  /** The tensor it is stored to, by its place. */
  readonly to?: number;
}

export interface KernelSum {
  readonly of: From;
  /** The tensor of its parts, by its place. */
  readonly to: number;
}

export interface Kernel {
  readonly nest: LoopNest;
  readonly sources: readonly Source[];
  readonly operations: readonly KernelOperation[];
  readonly sums: readonly KernelSum[];
}
