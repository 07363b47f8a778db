import type {Program} from '../program.ts';
import {joinProducts} from './join-products.ts';
import {pushThrough} from './push-through.ts';
import {splitSums} from './split-sums.ts';

/**
 * Runs the passes on programs that all compiled engines share, in their order. Values stay the same but for rounding.
 */
export function prepare(program: Program): Program {
  return splitSums(joinProducts(pushThrough(program)));
}
