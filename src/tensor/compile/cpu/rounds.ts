/**
 * Orders commands in rounds; threads wait for each other between rounds. Commands of one round do not depend on each
 * other, so each thread does its part of all of them without waiting.
 *
 * Takes commands in a valid order; gives each exactly once. If an earlier command writes what a later one reads or
 * writes, or reads what the later one writes, the later one is in a later round.
 */
import {wholeOf, type Buffer, type BufferUse} from './buffer.ts';

/** The number of commands, counted from the first remaining one, that are searched for small ones to run with it. */
const maxLookahead = 48;
/**
 * The largest number of numbers that a small command writes. Larger commands keep their order: the next one uses what
 * the last one left in the cache, and a result that is made early occupies memory for longer.
 */
const smallSize = 16_384;

/** All commands, grouped into rounds. */
export function roundsOf<C extends BufferUse>(commands: readonly C[]): readonly (readonly C[])[] {
  const before = dependencies(commands);
  const left = new Set(commands.keys());
  const rounds: C[][] = [];
  while (left.size > 0) {
    const round = nextRound(commands, before, left);
    for (const index of round) left.delete(index);
    rounds.push(round.map((index) => commands[index]!));
  }
  return rounds;
}

function nextRound(
  commands: readonly BufferUse[],
  before: readonly (readonly number[])[],
  left: ReadonlySet<number>,
): readonly number[] {
  const round: number[] = [];
  const [first] = left;
  let isInOrder = true;
  for (const index of left) {
    if (index >= first! + maxLookahead) break;
    const isReady = before[index]!.every((earlier) => !left.has(earlier));
    const isSmall = commands[index]!.writes.every(({size}) => size <= smallSize);
    if (isReady && (isSmall || isInOrder)) round.push(index);
    else isInOrder = false;
  }
  return round;
}

/**
 * For each command, the earlier commands that must finish before it: those that write what it reads or writes, or read
 * what it writes.
 */
function dependencies(commands: readonly BufferUse[]): readonly (readonly number[])[] {
  const readers = new Accesses();
  const writers = new Accesses();
  return commands.map(({reads, writes}, index) => {
    const before = new Set<number>();
    for (const part of [...reads, ...writes]) writers.find(part, before);
    for (const part of writes) readers.find(part, before);
    for (const part of reads) readers.add(part, index);
    for (const part of writes) writers.add(part, index);
    return [...before];
  });
}

/** The commands that use each part of each buffer. */
class Accesses {
  readonly #byBuffer = new Map<Buffer, {readonly part: Buffer; readonly by: number}[]>();

  add(part: Buffer, by: number): void {
    const whole = wholeOf(part);
    const known = this.#byBuffer.get(whole);
    if (known === undefined) this.#byBuffer.set(whole, [{part, by}]);
    else known.push({part, by});
  }

  /** Adds the commands that use any number of a part to `found`. */
  find(part: Buffer, found: Set<number>): void {
    const start = part.within?.offset ?? 0;
    for (const {part: other, by} of this.#byBuffer.get(wholeOf(part)) ?? []) {
      const otherStart = other.within?.offset ?? 0;
      if (start < otherStart + other.size && otherStart < start + part.size) found.add(by);
    }
  }
}
