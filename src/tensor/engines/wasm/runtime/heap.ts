/** A heap in memory that several threads share. Addresses are in bytes. */
import {FreeList} from '../../../compile/free-list.ts';

const pageBytes = 65_536;

export class Heap {
  readonly memory: WebAssembly.Memory;
  readonly #free: FreeList;
  readonly #sizes = new Map<number, number>();

  /** @param start the first address that may be handed out; all memory from there on is the heap's */
  constructor(memory: WebAssembly.Memory, start: number) {
    this.memory = memory;
    this.#free = new FreeList(start);
  }

  /** Allocates `bytes` bytes and gives their address. Throws a RangeError if the memory is full. */
  take(bytes: number): number {
    // An empty tensor takes one byte, so that it has an address to give back.
    const size = Math.max(bytes, 1);
    const address = this.#free.take(size, (end) => this.#grow(end, bytes));
    this.#sizes.set(address, size);
    return address;
  }

  /** Frees memory that `take` allocated. */
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
