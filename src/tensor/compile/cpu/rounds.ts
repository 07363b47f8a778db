/**
 * Orders commands in rounds; threads wait for each other between rounds. Each thread does its part of all commands of a
 * round, in their order, without waiting.
 *
 * Takes commands in a valid order; gives each exactly once. If an earlier command writes what a later one reads or
 * writes, or reads what the later one writes, the later one is in a later round or, if each thread touches only what is
 * its own of all that both use, behind it in the same round: what a thread makes of its images, it takes through
 * several commands. A command whose pieces threads take from each other is the last of its round.
 */
import {ownedAs, wholeOf, type Buffer, type BufferUse, type Owned} from './buffer.ts';

/** The number of commands, counted from the first remaining one, that are searched for small ones to run with it. */
const maxLookahead = 48;
/**
 * The largest number of numbers that a small command writes. Larger commands keep their order: the next one uses what
 * the last one left in the cache, and a result that is made early occupies memory for longer.
 */
const smallSize = 16_384;

/** All commands, grouped into rounds for a number of threads. */
export function roundsOf<C extends BufferUse>(
  commands: readonly C[],
  threads: number,
): readonly (readonly C[])[] {
  const before = dependencies(commands, threads);
  const left = new Set(commands.keys());
  const rounds: C[][] = [];
  while (left.size > 0) {
    const round = nextRound(commands, before, left);
    for (const index of round) left.delete(index);
    rounds.push(round.map((index) => commands[index]!));
  }
  return rounds;
}

/** The earlier commands that must come before a command, and whether all threads must have done each. */
type Before = ReadonlyMap<number, boolean>;

function nextRound(
  commands: readonly BufferUse[],
  before: readonly Before[],
  left: ReadonlySet<number>,
): readonly number[] {
  const round = new Set<number>();
  const [first] = left;
  let isInOrder = true;
  let shared: number | undefined;
  for (const index of left) {
    if (index >= first! + maxLookahead) break;
    const isReady = [...before[index]!].every(
      ([earlier, needsAll]) => !left.has(earlier) || (!needsAll && round.has(earlier)),
    );
    const isSmall = commands[index]!.writes.every(({size}) => size <= smallSize);
    const isNext = isReady && (isSmall || isInOrder);
    if (isNext && commands[index]!.mostPieces === undefined) round.add(index);
    else {
      if (isNext) shared ??= index;
      isInOrder = false;
    }
  }
  return shared === undefined ? [...round] : [...round, shared];
}

/**
 * For each command, the earlier commands that must come before it: those that write what it reads or writes, or read
 * what it writes.
 */
function dependencies(commands: readonly BufferUse[], threads: number): readonly Before[] {
  const readers = new Accesses();
  const writers = new Accesses();
  return commands.map((command, by) => {
    const {reads, writes} = command;
    const before = new Map<number, boolean>();
    const access = (part: Buffer): Access => ({part, by, owned: ownedAs(part, command, threads)});
    for (const part of [...reads, ...writes]) writers.find(access(part), before);
    for (const part of writes) readers.find(access(part), before);
    for (const part of reads) readers.add(access(part));
    for (const part of writes) writers.add(access(part));
    return before;
  });
}

/** The use of a part of a buffer by a command. */
interface Access {
  readonly part: Buffer;
  readonly by: number;
  readonly owned: Owned | undefined;
}

/** The commands that use each part of each buffer. */
class Accesses {
  readonly #byBuffer = new Map<Buffer, Access[]>();

  add(access: Access): void {
    const whole = wholeOf(access.part);
    const known = this.#byBuffer.get(whole);
    if (known === undefined) this.#byBuffer.set(whole, [access]);
    else known.push(access);
  }

  /** Adds the commands that use any number of a part to `found`, and whether all threads must have done them. */
  find({part, owned}: Access, found: Map<number, boolean>): void {
    const start = startOf(part);
    for (const other of this.#byBuffer.get(wholeOf(part)) ?? []) {
      const otherStart = startOf(other.part);
      if (start >= otherStart + other.part.size || otherStart >= start + part.size) continue;
      const isSame = start === otherStart && part.size === other.part.size;
      const isOwn = isSame && owned !== undefined && owned === other.owned;
      found.set(other.by, found.get(other.by) === true || !isOwn);
    }
  }
}

function startOf({within}: Buffer): number {
  return within?.offset ?? 0;
}
