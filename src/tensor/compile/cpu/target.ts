import type {Shape} from '../../shape.ts';

/** What the compiler has to know about the kernels of an engine that computes group by group. */
export interface Target {
  /** Operations of one group at most: the results of more would not fit into what is nearest. */
  readonly maxOperations: number;
  /** What it costs to read a number of a large tensor, in additions. */
  readonly readCost: number;
  /** Whether a kernel can add up over these axes of a space while it goes through the space once. */
  readonly canSum: (space: Shape, axes: readonly number[]) => boolean;
}
