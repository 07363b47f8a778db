/** A stretch of memory, in bytes. */
interface Hole {
  start: number;
  bytes: number;
}

/** Everything a free list hands out starts at a multiple of this: a cache line, and more than any vector needs. */
const alignment = 64;

/**
 * Hands out stretches of memory and takes them back: from the smallest hole that is large enough, else from the end, which
 * grows. What it hands out does not overlap until it is given back. All sizes are rounded up to cache lines.
 */
export class FreeList {
  /** The free pieces before the end, by address; no two touch. */
  readonly #holes: Hole[] = [];
  #end: number;

  /** @param start of which everything before is not to be handed out */
  constructor(start = 0) {
    this.#end = wholeLines(start);
  }

  /** Everything from here on was never handed out, or is free again. */
  get end(): number {
    return this.#end;
  }

  /**
   * The start of that many bytes.
   * @param grow is told where the end will be, before anything changes: it may throw
   */
  take(bytes: number, grow?: (end: number) => void): number {
    const size = wholeLines(bytes);
    const best = this.#smallestHole(size);
    if (best !== undefined) return this.#takeFrom(best, size);
    const last = this.#holes.at(-1);
    const touches = last !== undefined && last.start + last.bytes === this.#end;
    const start = touches ? last.start : this.#end;
    grow?.(start + size);
    if (touches) this.#holes.pop();
    this.#end = start + size;
    return start;
  }

  /** Takes back what `take` gave for that many bytes. */
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

  /** Makes a hole and the next one into one, if they touch. */
  #join(index: number): void {
    const [before, after] = [this.#holes[index]!, this.#holes[index + 1]];
    if (after === undefined || before.start + before.bytes !== after.start) return;
    before.bytes += after.bytes;
    this.#holes.splice(index + 1, 1);
  }
}

/** That many bytes, rounded up to whole cache lines. */
export function wholeLines(bytes: number): number {
  return Math.ceil(bytes / alignment) * alignment;
}
