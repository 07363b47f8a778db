import * as ops from '../tensor/ops.ts';
import type {Value} from '../tensor/value.ts';

/** Numbers that are added up one after the other. */
const block = 256;

/**
 * Sums along the last axis [..., n] → [...], block by block: the rounding error grows with the block and not with n.
 */
export function blockSums(x: Value): Value {
  const before = x.shape.slice(0, -1);
  const begin = x.shape.map(() => 0);
  let sums = x;
  while (sums.shape.at(-1)! > block) {
    const blocks = Math.ceil(sums.shape.at(-1)! / block);
    const filled = ops.pad(sums, begin, [...before, blocks * block]);
    sums = ops.sum(ops.reshape(filled, [...before, blocks, block]), [x.shape.length]);
  }
  return ops.sum(sums, [before.length]);
}
