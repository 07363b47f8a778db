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
import {FreeList, wholeLines} from '../free-list.ts';
import {wholeOf, type Buffer, type BufferUse} from './buffer.ts';

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
 * Buffers of more numbers (8 MB) are not divided: they have left every cache before they are written again, so nothing
 * would be gained.
 */
const maxDivided = 2_097_152;

/**
 * Assigns a place to each whole buffer, valid from the round that first writes it to the round that last uses it.
 * @param elsewhere buffers that the caller provides: inputs and outputs
 */
export function planWorkspace(
  rounds: readonly (readonly BufferUse[])[],
  elsewhere: ReadonlySet<Buffer>,
  threads: number,
): Workspace {
  const uses = rounds.map((round) => ({
    written: round.flatMap(({writes}) => writes.map(wholeOf)),
    used: new Set(round.flatMap(({reads, writes}) => [...reads, ...writes].map(wholeOf))),
  }));
  const lastUse = new Map<Buffer, number>();
  uses.forEach(({used}, index) => {
    for (const buffer of used) lastUse.set(buffer, index);
  });
  const undivided = undividedBuffers(rounds.flat(), threads);
  const [shared, own] = [new FreeList(), new FreeList()];
  const places = new Map<Buffer, Place>();
  const bytesOf = (buffer: Buffer, isDivided: boolean): number =>
    wholeLines((4 * buffer.size) / (isDivided ? threads : 1));
  uses.forEach(({written, used}, index) => {
    for (const buffer of written) {
      if (elsewhere.has(buffer) || places.has(buffer)) continue;
      const isDivided = threads > 1 && !undivided.has(buffer);
      const offset = (isDivided ? own : shared).take(bytesOf(buffer, isDivided));
      places.set(buffer, {isDivided, offset});
    }
    for (const buffer of used) {
      const place = places.get(buffer);
      if (place === undefined || lastUse.get(buffer) !== index) continue;
      const {isDivided, offset} = place;
      (isDivided ? own : shared).giveBack(offset, bytesOf(buffer, isDivided));
    }
  });
  return {places, shared: shared.end, own: own.end};
}

/** Buffers that cannot be divided because some command lets a thread touch more than its own part. */
function undividedBuffers(commands: readonly BufferUse[], threads: number): ReadonlySet<Buffer> {
  const undivided = new Set<Buffer>();
  for (const {reads, writes, partition} of commands) {
    const isCut = partition !== undefined && partition.count % threads === 0;
    for (const buffer of [...reads, ...writes]) {
      const {size, within} = buffer;
      const fits = size <= maxDivided && size % threads === 0 && within === undefined;
      if (!(isCut && fits && partition.of.includes(buffer))) undivided.add(wholeOf(buffer));
    }
  }
  return undivided;
}
