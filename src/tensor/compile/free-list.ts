/** A stretch of memory, in bytes. */
interface Hole {
  start: number;
  bytes: number;
}

/** The alignment of everything that a free list hands out: a cache line, and more than any vector needs. */
const alignment = 64;

/**
 * A best-fit allocator: it hands out the start of the smallest hole that is large enough, or grows the end. Stretches
 * in use never overlap. All sizes are rounded up to cache lines.
 */
export class FreeList {
  /** The free pieces before the end, by address; no two are adjacent. */
  readonly #holes: Hole[] = [];
  #end: number;

  /** @param start the first address that may be handed out */
  constructor(start = 0) {
    this.#end = wholeLines(start);
  }

  /** All addresses from here on are free. */
  get end(): number {
    return this.#end;
  }

  /**
   * Allocates `bytes` bytes and gives their start.
   * @param grow called with the new end before anything changes; it may throw
   */
  take(bytes: number, grow?: (end: number) => void): number {
    const size = wholeLines(bytes);
    const best = this.#smallestHole(size);
    if (best !== undefined) return this.#takeFrom(best, size);
    const {start, touches} = this.#startAtEnd();
    grow?.(start + size);
    if (touches) this.#holes.pop();
    this.#end = start + size;
    return start;
  }

  /** The end after a stretch of `bytes` bytes would have been taken. */
  wouldEnd(bytes: number): number {
    const size = wholeLines(bytes);
    if (this.#smallestHole(size) !== undefined) return this.#end;
    return this.#startAtEnd().start + size;
  }

  /** The start of a stretch that fits into no hole, and whether the last hole is a part of it. */
  #startAtEnd(): {readonly start: number; readonly touches: boolean} {
    const last = this.#holes.at(-1);
    const touches = last !== undefined && last.start + last.bytes === this.#end;
    return {start: touches ? last.start : this.#end, touches};
  }

  /** Frees a stretch of `bytes` bytes that `take` allocated. */
  giveBack(start: number, bytes: number): void {
    const size = wholeLines(bytes);
    if (size === 0) return;
    const at = this.#holes.findIndex((hole) => hole.start > start);
    const index = at < 0 ? this.#holes.length : at;
    this.#holes.splice(index, 0, {start, bytes: size});
    this.#join(index);
    if (index > 0) this.#join(index - 1);
  }

  #smallestHole(bytes: number): Hole | undefined {
    let best: Hole | undefined;
    for (const hole of this.#holes) {
      if (hole.bytes >= bytes && (best === undefined || hole.bytes < best.bytes)) best = hole;
    }
    return best;
  }

  #takeFrom(hole: Hole, bytes: number): number {
    const {start} = hole;
    hole.start += bytes;
    hole.bytes -= bytes;
    if (hole.bytes === 0) this.#holes.splice(this.#holes.indexOf(hole), 1);
    return start;
  }

  /** Merges a hole with the next one if they touch. */
  #join(index: number): void {
    const [before, after] = [this.#holes[index]!, this.#holes[index + 1]];
    if (after === undefined || before.start + before.bytes !== after.start) return;
    before.bytes += after.bytes;
    this.#holes.splice(index + 1, 1);
  }
}

/** A number of bytes, rounded up to whole cache lines. */
export function wholeLines(bytes: number): number {
  return Math.ceil(bytes / alignment) * alignment;
}
