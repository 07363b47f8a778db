import {UnsupportedFile} from '../file-fault.ts';
import {globals, PtGlobal, StorageReference} from './globals.ts';
import type {PickleBytes} from './pickle-bytes.ts';

/**
 * The state that instructions work on. Its methods throw a `RangeError` with a sentence if an instruction is invalid.
 */
export class PickleMachine {
  readonly bytes: PickleBytes;
  /** The file's name in errors. */
  readonly file: string;
  readonly #stack: unknown[] = [];
  /** The height of the stack at each mark. */
  readonly #marks: number[] = [];
  readonly #memo = new Map<number, unknown>();

  constructor(bytes: PickleBytes, file: string) {
    this.bytes = bytes;
    this.file = file;
  }

  push(value: unknown): void {
    this.#stack.push(value);
  }

  /** The value at the top, which stays. */
  top(): unknown {
    this.#assertNotEmpty();
    return this.#stack.at(-1);
  }

  pop(): unknown {
    this.#assertNotEmpty();
    return this.#stack.pop();
  }

  /** The uppermost `count` values, the lowest first. */
  popMany(count: number): unknown[] {
    return Array.from({length: count}, () => this.pop()).reverse();
  }

  mark(): void {
    this.#marks.push(this.#stack.length);
  }

  /** Pops all values above the last mark, the lowest first, and the mark. */
  popToMark(): unknown[] {
    const mark = this.#marks.pop();
    if (mark === undefined) throw new RangeError('its pickle has no mark where it needs one');
    return this.#stack.splice(mark);
  }

  remember(index = this.#memo.size): void {
    this.#memo.set(index, this.top());
  }

  recall(index: number): void {
    if (!this.#memo.has(index))
      throw new RangeError(`its pickle recalls ${index}, which was never stored`);
    this.push(this.#memo.get(index));
  }

  /** @throws UnsupportedFile unless `globals` lists the object */
  pushGlobal(module: unknown, name: unknown): void {
    // Lists of lists of one list would make an endless text in the error.
    if (typeof module !== 'string' || typeof name !== 'string') {
      throw new RangeError('its pickle names a Python object by no text');
    }
    const known = globals.get(`${module}.${name}`);
    if (known === undefined) {
      const sentence = `it names the Python object ${module}.${name}. Only tensors, lists, dictionaries, texts and numbers are read, and nothing is run`;
      throw new UnsupportedFile(this.file, sentence);
    }
    this.push(known);
  }

  /** Calls the object below the arguments. */
  reduce(): void {
    const [callee, args] = this.popMany(2);
    if (!(callee instanceof PtGlobal) || callee.call === undefined || !Array.isArray(args)) {
      throw new RangeError('its pickle calls what is no function');
    }
    this.push(callee.call(args));
  }

  /** Ignores attributes of a dictionary, which the state of a network has. */
  build(): void {
    this.pop();
    if (!(this.top() instanceof Map))
      throw new RangeError('its pickle sets attributes of no object');
  }

  /** Resolves a reference; only `('storage', storage type, key, device, element count)` is allowed. */
  pushStorage(): void {
    const id = this.pop();
    const [tag, type, key, , count] = Array.isArray(id) ? (id as unknown[]) : [];
    if (
      tag !== 'storage' ||
      !(type instanceof PtGlobal) ||
      type.kind !== 'storage type' ||
      typeof key !== 'string' ||
      !Number.isSafeInteger(count) ||
      Number(count) < 0
    ) {
      throw new RangeError('its pickle refers to what is no storage');
    }
    this.push(new StorageReference(key, type.dtype, Number(count)));
  }

  /** Whether the stack is empty. */
  get isEmpty(): boolean {
    return this.#stack.length === 0;
  }

  #assertNotEmpty(): void {
    if (this.#stack.length <= (this.#marks.at(-1) ?? 0)) {
      throw new RangeError('its pickle takes more values than there are');
    }
  }
}
