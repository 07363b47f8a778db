import type {Program} from '../program.ts';
import {joinProducts} from './join-products.ts';
import {pushThrough} from './push-through.ts';
import {splitSums} from './split-sums.ts';

/** The passes on programs that every compiled engine takes, in their order. The values stay the same but for rounding. */
export function prepare(program: Program): Program {
  return splitSums(joinProducts(pushThrough(program)));
}
