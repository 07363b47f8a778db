/** Where everything is that the commands of a program use: a table of addresses, which they name by places in it. */
import {wholeOf, type Buffer} from './command.ts';
import type {Heap} from './heap.ts';
import type {MemoryPlan} from './plan.ts';

export class AddressTable {
  readonly address: number;
  readonly #heap: Heap;
  readonly #plan: MemoryPlan;
  readonly #slots: ReadonlyMap<Buffer, number>;
  /** What is given from outside, and parts of it. */
  readonly #given: readonly Buffer[];
  /** Where the workspace was when the table was written last. */
  #workspace = -1;

  /** A table in memory of the heap, for these buffers. */
  constructor(heap: Heap, buffers: Iterable<Buffer>, plan: MemoryPlan) {
    this.#heap = heap;
    this.#plan = plan;
    this.#slots = new Map([...new Set(buffers)].map((buffer, slot) => [buffer, slot]));
    this.#given = [...this.#slots.keys()].filter((buffer) => !plan.offsets.has(wholeOf(buffer)));
    this.address = heap.take(4 * this.#slots.size);
  }

  slotOf(buffer: Buffer): number {
    return this.#slots.get(buffer)!;
  }

  /** @param given addresses of all that is not in the workspace, which is mostly where it was */
  write(given: ReadonlyMap<Buffer, number>, workspace: number): void {
    const table = this.#heap.words(this.address, this.#slots.size);
    for (const buffer of this.#given) {
      table[this.slotOf(buffer)] = given.get(wholeOf(buffer))! + startOf(buffer);
    }
    if (workspace === this.#workspace) return;
    this.#workspace = workspace;
    for (const [buffer, slot] of this.#slots) {
      const offset = this.#plan.offsets.get(wholeOf(buffer));
      if (offset !== undefined) table[slot] = workspace + offset + startOf(buffer);
    }
  }
}

/** Bytes from the start of the whole. */
function startOf({within}: Buffer): number {
  return 4 * (within?.offset ?? 0);
}
