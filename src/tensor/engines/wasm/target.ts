import type {Target} from '../../compile/cpu/target.ts';
import type {Shape} from '../../shape.ts';

/** The abilities and costs of this engine's kernels. */
export const wasmTarget: Target = {
  // The results of more would not fit into registers and the nearest cache.
  maxOperations: 48,
  // The cost of reading a number past the nearest cache; measured: the best of 2 to 6.
  readCost: 3,
  canSum,
};

/** The axes lie side by side, and behind them at most one other: a kernel keeps sums of a row, or of its columns. */
function canSum(space: Shape, axes: readonly number[]): boolean {
  const wide = space.flatMap((extent, axis) => (extent > 1 ? [axis] : []));
  const summed = wide.flatMap((axis, place) => (axes.includes(axis) ? [place] : []));
  if (summed.length === 0) return false;
  const isContiguous = summed.length === 1 + (summed.at(-1)! - summed[0]!);
  const behind = wide.length - 1 - summed.at(-1)!;
  return isContiguous && behind <= 1;
}
