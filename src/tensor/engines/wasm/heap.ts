/** Memory that several threads share, handed out in pieces. Addresses are in bytes. */

/** What SIMD and the caches like: a cache line. */
const alignment = 64;
const pageBytes = 65_536;

interface Hole {
  address: number;
  bytes: number;
}

export class Heap {
  readonly memory: WebAssembly.Memory;
  /** What is free, by address; no two touch. */
  readonly #holes: Hole[] = [];
  readonly #sizes = new Map<number, number>();
  #end: number;

  /** @param memory of which everything from `start` on is to be handed out */
  constructor(memory: WebAssembly.Memory, start: number) {
    this.memory = memory;
    this.#end = wholeLines(start);
  }

  /** The address of so many bytes. Throws a RangeError where there is no more memory. */
  take(bytes: number): number {
    const size = wholeLines(Math.max(bytes, 1));
    const address = this.#fromHole(size) ?? this.#fromEnd(size);
    this.#sizes.set(address, size);
    return address;
  }

  /** Takes back what `take` gave. */
  giveBack(address: number): void {
    const bytes = this.#sizes.get(address);
    if (bytes === undefined) throw new RangeError(`Nothing was taken at ${address}`);
    this.#sizes.delete(address);
    const at = this.#holes.findIndex((hole) => hole.address > address);
    const index = at < 0 ? this.#holes.length : at;
    const [before, after] = [this.#holes[index - 1], this.#holes[index]];
    const joinsBefore = before !== undefined && before.address + before.bytes === address;
    const joinsAfter = after !== undefined && address + bytes === after.address;
    if (joinsBefore && joinsAfter) {
      before.bytes += bytes + after.bytes;
      this.#holes.splice(index, 1);
    } else if (joinsBefore) before.bytes += bytes;
    else if (joinsAfter) {
      after.address = address;
      after.bytes += bytes;
    } else this.#holes.splice(index, 0, {address, bytes});
  }

  floats(address: number, count: number): Float32Array {
    return new Float32Array(this.memory.buffer, address, count);
  }

  words(address: number, count: number): Int32Array {
    return new Int32Array(this.memory.buffer, address, count);
  }

  /** From the smallest hole that is large enough. */
  #fromHole(bytes: number): number | undefined {
    let best = -1;
    for (const [index, hole] of this.#holes.entries()) {
      if (hole.bytes >= bytes && (best < 0 || hole.bytes < this.#holes[best]!.bytes)) best = index;
    }
    if (best < 0) return undefined;
    const hole = this.#holes[best]!;
    const {address} = hole;
    hole.address += bytes;
    hole.bytes -= bytes;
    if (hole.bytes === 0) this.#holes.splice(best, 1);
    return address;
  }

  #fromEnd(bytes: number): number {
    const last = this.#holes.at(-1);
    if (last !== undefined && last.address + last.bytes === this.#end) {
      this.#holes.pop();
      this.#end = last.address;
    }
    const address = this.#end;
    const missing = address + bytes - this.memory.buffer.byteLength;
    if (missing > 0) {
      try {
        this.memory.grow(Math.ceil(missing / pageBytes));
      } catch {
        throw new RangeError(`There is no room for ${bytes} bytes more`);
      }
    }
    this.#end += bytes;
    return address;
  }
}

/** So many bytes, and what is missing to the end of a cache line. */
export function wholeLines(bytes: number): number {
  return Math.ceil(bytes / alignment) * alignment;
}
