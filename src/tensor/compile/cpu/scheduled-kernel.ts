import type {Shape} from '../../shape.ts';

/** The values that one kernel computes, as indices of the program's steps. */
export type ScheduledKernel = {readonly kind: 'single'; readonly value: number} | Group;

/** Elementwise operations on one space, and sums over the space, in one kernel. */
export interface Group {
  readonly kind: 'group';
  readonly space: Shape;
  /** Elementwise operations on the space, operands first. */
  readonly values: readonly number[];
  /** Those of them that other kernels read from memory. */
  readonly stored: ReadonlySet<number>;
  /** Sums over the same axes of the space: of its values, or of others of its shape. */
  readonly sums: readonly number[];
}
