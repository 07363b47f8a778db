/** Commands as the words that the kernels read: see `assembly/index.ts`. */
import {commandNumbers, type Buffer, type Command} from './command.ts';

/** How the kernels call things. */
export interface Names {
  /** Where the address of a buffer is in the table. */
  readonly slotOf: (buffer: Buffer) => number;
  /** The place of a generated function in the table of functions. */
  readonly functionOf: (body: Uint8Array) => number;
}

/** Rounds one after the other; threads wait for each other after each. */
export function listOf(rounds: readonly (readonly Command[])[], names: Names): readonly number[] {
  // Without any the threads meet all the same: the next list must not come before they are done with this one.
  const words = (rounds.length === 0 ? [[]] : rounds).flatMap((round: readonly Command[]) => [
    ...round.flatMap((command) => wordsOf(command, names)),
    commandNumbers.meet,
    0,
  ]);
  return [...words, commandNumbers.end];
}

function wordsOf({number, args, body}: Command, names: Names): readonly number[] {
  const words = args.map((arg) => (typeof arg === 'number' ? arg : names.slotOf(arg)));
  if (body !== undefined) words.unshift(names.functionOf(body));
  return [number, words.length, ...words];
}
