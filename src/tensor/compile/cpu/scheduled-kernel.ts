import type {Shape} from '../../shape.ts';

/** The values that one kernel computes, as indices of the program's steps. */
export type ScheduledKernel = {readonly kind: 'single'; readonly value: number} | Group;

/** Elementwise operations on one space, and sums over the space and pools of its images, in one kernel. */
export interface Group {
  readonly kind: 'group';
  readonly space: Shape;
  /** Elementwise operations on the space, operands first. */
  readonly values: readonly number[];
  /** The values that other kernels read from memory. */
  readonly stored: ReadonlySet<number>;
  /**
   * Sums over the same axes of the space, and average pools of its images; each of a value of the group or of another value
   * of the space's shape.
   */
  readonly reductions: readonly number[];
}
