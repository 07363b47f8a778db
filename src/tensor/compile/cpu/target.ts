import type {Shape} from '../../shape.ts';

/** Properties of the kernels of an engine that computes group by group. */
export interface Target {
  /** Operations of one group at most: the results of more would not fit into what is nearest. */
  readonly maxOperations: number;
  /** The cost of reading a number of a large tensor, in additions. */
  readonly readCost: number;
  /** Whether a kernel can add up over these axes of a space while it goes through the space once. */
  readonly canSum: (space: Shape, axes: readonly number[]) => boolean;
}
