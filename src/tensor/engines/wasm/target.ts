import type {Target} from '../../compile/cpu/target.ts';
import type {Shape} from '../../shape.ts';

/** The abilities and costs of this engine's kernels. */
export const wasmTarget: Target = {
  // The results of more operations would not fit into registers and the nearest cache.
  maxOperations: 48,
  // The cost of reading a number from beyond the nearest cache; measured: 3 was the best of 2 to 6.
  readCost: 3,
  // A cache reads a line before it is written; measured: 16 was the best of 3 to 16 where images leave the cache.
  writeCost: 16,
  canSum,
};

/**
 * The axes must be adjacent, with at most one other axis after them: a kernel keeps either the sum of a row or sums of
 * its columns.
 */
function canSum(space: Shape, axes: readonly number[]): boolean {
  const wide = space.flatMap((extent, axis) => (extent > 1 ? [axis] : []));
  const summed = wide.flatMap((axis, place) => (axes.includes(axis) ? [place] : []));
  if (summed.length === 0) return false;
  const isContiguous = summed.length === 1 + (summed.at(-1)! - summed[0]!);
  const behind = wide.length - 1 - summed.at(-1)!;
  return isContiguous && behind <= 1;
}
