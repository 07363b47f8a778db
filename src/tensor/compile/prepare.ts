import type {Program} from '../program.ts';
import {joinProducts} from './join-products.ts';
import {pushThrough, type PushOptions} from './push-through.ts';
import {splitSums, type SplitOptions} from './split-sums.ts';

export interface PrepareOptions extends PushOptions, SplitOptions {}

/**
 * Runs the passes on programs that all compiled engines share, in their order. Values stay the same but for rounding.
 */
export function prepare(program: Program, options: PrepareOptions): Program {
  const {readsTransposed, ofPlanes} = options;
  return splitSums(joinProducts(pushThrough(program, {readsTransposed})), {ofPlanes});
}
