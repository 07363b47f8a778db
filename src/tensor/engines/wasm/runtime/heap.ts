/** Memory that several threads share, handed out in pieces. Addresses are in bytes. */
import {FreeList} from '../../../compile/free-list.ts';

const pageBytes = 65_536;

export class Heap {
  readonly memory: WebAssembly.Memory;
  readonly #free: FreeList;
  readonly #sizes = new Map<number, number>();

  /** @param memory of which everything from `start` on is to be handed out */
  constructor(memory: WebAssembly.Memory, start: number) {
    this.memory = memory;
    this.#free = new FreeList(start);
  }

  /** The address of that many bytes. Throws a RangeError where there is no more memory. */
  take(bytes: number): number {
    // Nothing has no address that could be given back, so nothing is a little.
    const size = Math.max(bytes, 1);
    const address = this.#free.take(size, (end) => this.#grow(end, bytes));
    this.#sizes.set(address, size);
    return address;
  }

  /** Takes back what `take` gave. */
  giveBack(address: number): void {
    const bytes = this.#sizes.get(address);
    if (bytes === undefined) throw new RangeError(`Nothing was taken at ${address}`);
    this.#sizes.delete(address);
    this.#free.giveBack(address, bytes);
  }

  floats(address: number, count: number): Float32Array {
    return new Float32Array(this.memory.buffer, address, count);
  }

  words(address: number, count: number): Int32Array {
    return new Int32Array(this.memory.buffer, address, count);
  }

  #grow(end: number, bytes: number): void {
    const missing = end - this.memory.buffer.byteLength;
    if (missing <= 0) return;
    try {
      this.memory.grow(Math.ceil(missing / pageBytes));
    } catch {
      throw new RangeError(`There is no room for ${bytes} bytes more`);
    }
  }
}
