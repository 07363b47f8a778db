/**
 * Where buffers that only exist while a program runs are: what is needed no longer makes room for others.
 *
 * Most buffers hold something of every image, and most commands give each thread images of its own. Such a buffer is
 * divided among the threads, each of which has memory that no other touches. Memory that two cores write in turn goes from
 * one's cache to the other's, which takes long, and very long where they share none.
 */
import {wholeOf, type Buffer, type Command} from './command.ts';
import {wholeLines} from './heap.ts';

export interface MemoryPlan {
  /** Of whole buffers. */
  readonly places: ReadonlyMap<Buffer, Place>;
  /** Bytes that all threads share, and those that each has for itself. */
  readonly shared: number;
  readonly own: number;
}

export interface Place {
  /** Whether every thread has its part of the buffer in its own memory. */
  readonly isDivided: boolean;
  /** In bytes from the start of the shared memory, or of the part from the start of each thread's own. */
  readonly offset: number;
}

/** Buffers of more numbers (8 MB) are in no cache any more when they are written again: to divide them would gain nothing. */
const mostDivided = 2_097_152;

/**
 * A place for each whole buffer, which is its own from the round that first writes it to the last that uses it.
 * @param elsewhere buffers that are given from outside: inputs and outputs
 */
export function planMemory(
  rounds: readonly (readonly Command[])[],
  elsewhere: ReadonlySet<Buffer>,
  threads: number,
): MemoryPlan {
  const uses = rounds.map((round) => ({
    written: round.flatMap(({writes}) => writes.map(wholeOf)),
    used: new Set(round.flatMap(({reads, writes}) => [...reads, ...writes].map(wholeOf))),
  }));
  const lastUse = new Map<Buffer, number>();
  uses.forEach(({used}, index) => {
    for (const buffer of used) lastUse.set(buffer, index);
  });
  const undivided = undividedBuffers(rounds.flat(), threads);
  const [shared, own] = [new Workspace(), new Workspace()];
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
  return {places, shared: shared.bytes, own: own.bytes};
}

/** Buffers of which some command lets a thread touch more than its own part. */
function undividedBuffers(commands: readonly Command[], threads: number): ReadonlySet<Buffer> {
  const undivided = new Set<Buffer>();
  for (const {reads, writes, shares} of commands) {
    const isCut = shares !== undefined && shares.count % threads === 0;
    for (const buffer of [...reads, ...writes]) {
      const {size, within} = buffer;
      const fits = size <= mostDivided && size % threads === 0 && within === undefined;
      if (!(isCut && fits && shares.of.includes(buffer))) undivided.add(wholeOf(buffer));
    }
  }
  return undivided;
}

class Workspace {
  bytes = 0;
  readonly #holes: {offset: number; bytes: number}[] = [];

  /** The smallest hole that is large enough; otherwise the end, with the hole before it if there is one. */
  take(bytes: number): number {
    const fitting = this.#holes.filter((hole) => hole.bytes >= bytes);
    if (fitting.length > 0) {
      const hole = fitting.reduce((best, other) => (other.bytes < best.bytes ? other : best));
      const {offset} = hole;
      hole.offset += bytes;
      hole.bytes -= bytes;
      if (hole.bytes === 0) this.#holes.splice(this.#holes.indexOf(hole), 1);
      return offset;
    }
    const last = this.#holes.at(-1);
    const touches = last !== undefined && last.offset + last.bytes === this.bytes;
    const offset = touches ? last.offset : this.bytes;
    if (touches) this.#holes.pop();
    this.bytes = offset + bytes;
    return offset;
  }

  giveBack(offset: number, bytes: number): void {
    const at = this.#holes.findIndex((hole) => hole.offset > offset);
    this.#holes.splice(at < 0 ? this.#holes.length : at, 0, {offset, bytes});
    for (let i = this.#holes.length - 1; i > 0; i--) {
      const [before, after] = [this.#holes[i - 1]!, this.#holes[i]!];
      if (before.offset + before.bytes !== after.offset) continue;
      before.bytes += after.bytes;
      this.#holes.splice(i, 1);
    }
  }
}
