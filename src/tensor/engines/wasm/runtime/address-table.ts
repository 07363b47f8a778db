/**
 * Tables of the addresses of all buffers that a program's commands use: one for each thread. Commands refer to a buffer
 * by its index.
 */
import {wholeOf, type Buffer} from '../../../compile/cpu/buffer.ts';
import type {Workspace} from '../../../compile/cpu/workspace.ts';
import {wholeLines} from '../../../compile/free-list.ts';
import type {Heap} from './heap.ts';

/**
 * The addresses of the workspace: the part that all threads share, and the first of the threads' own parts, which
 * follow each other.
 */
export interface WorkspacePlace {
  readonly shared: number;
  readonly own: number;
  /** Bytes from one thread's own part to the next one's. */
  readonly step: number;
}

export class AddressTable {
  /** The address of the first thread's table. */
  readonly address: number;
  /** Bytes from one thread's table to the next one's. */
  readonly step: number;
  readonly #heap: Heap;
  readonly #plan: Workspace;
  readonly #threads: number;
  readonly #slots: ReadonlyMap<Buffer, number>;
  /** Inputs, outputs and parts of them. */
  readonly #given: readonly Buffer[];
  /** The workspace's place when the tables were last written. */
  #workspace: WorkspacePlace | undefined;

  /** Allocates tables for these buffers in the heap. */
  constructor(heap: Heap, buffers: Iterable<Buffer>, plan: Workspace, threads: number) {
    this.#heap = heap;
    this.#plan = plan;
    this.#threads = threads;
    this.#slots = new Map([...new Set(buffers)].map((buffer, slot) => [buffer, slot]));
    this.#given = [...this.#slots.keys()].filter((buffer) => !plan.places.has(wholeOf(buffer)));
    this.step = wholeLines(4 * this.#slots.size);
    this.address = heap.take(this.step * threads);
  }

  slotOf(buffer: Buffer): number {
    return this.#slots.get(buffer)!;
  }

  /**
   * Writes the addresses. The workspace's are written only if it has moved.
   * @param given addresses of all buffers outside the workspace
   */
  write(given: ReadonlyMap<Buffer, number>, workspace: WorkspacePlace): void {
    for (let thread = 0; thread < this.#threads; thread++) {
      const table = this.#heap.words(this.address + thread * this.step, this.#slots.size);
      for (const buffer of this.#given) {
        table[this.slotOf(buffer)] = given.get(wholeOf(buffer))! + startOf(buffer);
      }
      if (workspace === this.#workspace) continue;
      for (const [buffer, slot] of this.#slots) {
        const start = this.#startIn(workspace, wholeOf(buffer), thread);
        if (start !== undefined) table[slot] = start + startOf(buffer);
      }
    }
    this.#workspace = workspace;
  }

  /**
   * A thread's address of a buffer of the workspace. A divided buffer starts where it would if all of it lay around the
   * thread's own part.
   */
  #startIn(workspace: WorkspacePlace, buffer: Buffer, thread: number): number | undefined {
    const place = this.#plan.places.get(buffer);
    if (place === undefined) return undefined;
    if (!place.isDivided) return workspace.shared + place.offset;
    const before = (4 * buffer.size * thread) / this.#threads;
    return workspace.own + thread * workspace.step + place.offset - before;
  }
}

/** Offset of a part from the start of its buffer, in bytes. */
function startOf({within}: Buffer): number {
  return 4 * (within?.offset ?? 0);
}
