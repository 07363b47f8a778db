/** Where buffers that only exist while a program runs are: what is needed no longer makes room for others. */
import {wholeOf, type Buffer, type Command} from './command.ts';

export interface MemoryPlan {
  /** Of whole buffers, in bytes from the start of the workspace. */
  readonly offsets: ReadonlyMap<Buffer, number>;
  readonly bytes: number;
}

/** A cache line. */
const alignment = 64;

/**
 * A place for each buffer, which is its own from the round that first writes it to the last that uses it.
 * @param elsewhere buffers that are given from outside: inputs and outputs
 */
export function planMemory(
  rounds: readonly (readonly Command[])[],
  elsewhere: ReadonlySet<Buffer>,
): MemoryPlan {
  const uses = rounds.map((round) => ({
    written: round.flatMap(({writes}) => writes.map(wholeOf)),
    used: new Set(round.flatMap(({reads, writes}) => [...reads, ...writes].map(wholeOf))),
  }));
  const lastUse = new Map<Buffer, number>();
  uses.forEach(({used}, index) => {
    for (const buffer of used) lastUse.set(buffer, index);
  });
  const space = new Workspace();
  const offsets = new Map<Buffer, number>();
  uses.forEach(({written, used}, index) => {
    for (const buffer of written) {
      if (elsewhere.has(buffer) || offsets.has(buffer)) continue;
      offsets.set(buffer, space.take(bytesOf(buffer)));
    }
    for (const buffer of used) {
      const offset = offsets.get(buffer);
      if (offset === undefined || lastUse.get(buffer) !== index) continue;
      space.giveBack(offset, bytesOf(buffer));
    }
  });
  return {offsets, bytes: space.bytes};
}

function bytesOf({size}: Buffer): number {
  return alignment * Math.ceil((4 * size) / alignment);
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
