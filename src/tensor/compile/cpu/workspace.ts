/**
 * Lays out the buffers that exist only while a program runs; a buffer that is no longer needed makes room for others.
 *
 * Most buffers hold something of every image, and most commands give each thread images of its own. Such a buffer is
 * divided among the threads, and each thread keeps its part in memory that no other thread touches. This matters
 * because memory that two cores write alternately moves between their caches, which is slow, and slower still if they
 * share no cache.
 *
 * Takes rounds; gives a place for each whole buffer. Places of buffers that are needed in one round do not overlap, and
 * a buffer is divided only if every command that uses it is cut as the buffer is.
 */
import {placeSpans, type Span} from '../place-spans.ts';
import {ownedAs, wholeOf, type Buffer, type BufferUse} from './buffer.ts';

export interface Workspace {
  /** The places of whole buffers. */
  readonly places: ReadonlyMap<Buffer, Place>;
  /** Bytes that all threads share, and bytes of each thread's own memory. */
  readonly shared: number;
  readonly own: number;
}

export interface Place {
  /** Whether each thread keeps its part of the buffer in its own memory. */
  readonly isDivided: boolean;
  /**
   * Offset in bytes: from the start of the shared memory or, for a divided buffer, from the start of each thread's own
   * memory.
   */
  readonly offset: number;
}

/**
 * Assigns a place to each whole buffer, valid from the round that first writes it to the round that last uses it. A
 * thread uses its own parts in the order of the commands, so that those are valid from command to command.
 * @param elsewhere buffers that the caller provides: inputs and outputs
 */
export function planWorkspace(
  rounds: readonly (readonly BufferUse[])[],
  elsewhere: ReadonlySet<Buffer>,
  threads: number,
): Workspace {
  const undivided = undividedBuffers(rounds.flat(), threads);
  const isDivided = (buffer: Buffer): boolean => threads > 1 && !undivided.has(buffer);
  const places = new Map<Buffer, Place>();
  const [shared, own] = [false, true].map((divided) => {
    const times = divided ? rounds.flat().map((command) => [command]) : rounds;
    const spans = usesOf(times)
      .filter(({buffer}) => !elsewhere.has(buffer) && isDivided(buffer) === divided)
      .map((use): Span & {buffer: Buffer} => ({
        ...use,
        bytes: (4 * use.buffer.size) / (divided ? threads : 1),
      }));
    const {offsets, bytes} = placeSpans(spans);
    for (const [{buffer}, offset] of offsets) places.set(buffer, {isDivided: divided, offset});
    return bytes;
  });
  return {places, shared: shared!, own: own!};
}

interface Use extends Omit<Span, 'bytes'> {
  readonly buffer: Buffer;
}

/** The whole buffers that are written, from the round that first does so to the round that last uses them. */
function usesOf(rounds: readonly (readonly BufferUse[])[]): readonly Use[] {
  const uses = new Map<Buffer, {buffer: Buffer; from: number; to: number}>();
  rounds.forEach((round, at) => {
    for (const buffer of round.flatMap(({writes}) => writes.map(wholeOf))) {
      if (!uses.has(buffer)) uses.set(buffer, {buffer, from: at, to: at});
    }
    for (const buffer of round.flatMap(({reads, writes}) => [...reads, ...writes].map(wholeOf))) {
      const use = uses.get(buffer);
      if (use !== undefined) use.to = at;
    }
  });
  return [...uses.values()];
}

/** Buffers that cannot be divided because some command lets a thread touch more than its own part. */
function undividedBuffers(commands: readonly BufferUse[], threads: number): ReadonlySet<Buffer> {
  const undivided = new Set<Buffer>();
  for (const command of commands) {
    for (const buffer of [...command.reads, ...command.writes]) {
      const isCut = ownedAs(buffer, command, threads) === 'pieces';
      if (!isCut || buffer.within !== undefined) undivided.add(wholeOf(buffer));
    }
  }
  return undivided;
}
