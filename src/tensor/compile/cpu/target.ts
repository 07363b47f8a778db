import type {Shape} from '../../shape.ts';

/** Properties of an engine's kernels, for engines that compute group by group. */
export interface Target {
  /**
   * The largest number of operations of one group: the results of more would not fit into registers and the nearest
   * cache.
   */
  readonly maxOperations: number;
  /** The cost of reading a number of a large tensor from memory, in additions. */
  readonly readCost: number;
  /** The cost of writing a number of a large tensor, in additions. */
  readonly writeCost: number;
  /** Whether a kernel can add up over these axes in one pass over the space. */
  readonly canSum: (space: Shape, axes: readonly number[]) => boolean;
}
