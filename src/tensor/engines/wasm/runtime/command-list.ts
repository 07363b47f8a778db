/** Commands as the words that the kernels read: see `assembly/index.ts`. */
import {numberOf} from '../kernel-signatures.ts';
import {piecesOf} from '../../../compile/cpu/pieces.ts';
import {wordsOf, type Command, type Names} from '../lower/command.ts';

/** Encodes rounds one after the other; threads wait for each other after each. */
export function listOf(
  rounds: readonly (readonly Command[])[],
  threads: number,
  names: Names,
): readonly number[] {
  // An empty list still has one barrier: the next list must not come before the threads are done with this one.
  const words = (rounds.length === 0 ? [[]] : rounds).flatMap((round: readonly Command[]) => [
    ...round.flatMap((command) => {
      const args = wordsOf(command, names);
      const words = [numberOf(command.kernel), args.length, ...args];
      const count = piecesOf(command, threads);
      return count === undefined ? words : [numberOf('takePieces'), 1, count, ...words];
    }),
    numberOf('barrier'),
    0,
  ]);
  return [...words, 0];
}
