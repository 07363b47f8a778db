import {CorruptFile, UnsupportedFile} from '../file-fault.ts';
import {globals, PtGlobal, StorageReference} from './globals.ts';
import {opcodes} from './opcodes.ts';
import {PickleBytes} from './pickle-bytes.ts';
import type {PtValue} from './values.ts';

/**
 * What a pickle describes. The instructions are interpreted one by one without recursion; each makes at most one value,
 * so that memory grows with the bytes and no faster. Only what `globals` lists can be made: a file that names any other
 * Python object is refused by that name.
 * @param file what to call it in an error
 * @throws CorruptFile, UnsupportedFile
 */
export function unpickle(bytes: Buffer, file: string): PtValue {
  try {
    return new Unpickler(new PickleBytes(bytes), file).run();
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new CorruptFile(file, `damaged: ${cause.message}`, {cause});
  }
}

/** The state that instructions work on. Its methods throw a `RangeError` with a sentence for what cannot be. */
export class Unpickler {
  readonly bytes: PickleBytes;
  readonly #file: string;
  readonly #stack: unknown[] = [];
  /** How high the stack was at each mark. */
  readonly #marks: number[] = [];
  readonly #memo = new Map<number, unknown>();

  constructor(bytes: PickleBytes, file: string) {
    this.bytes = bytes;
    this.#file = file;
  }

  /** Follows the instructions up to the one that ends a pickle. */
  run(): PtValue {
    for (;;) {
      const code = this.bytes.byte();
      if (code === stop) break;
      const instruction = opcodes.get(code);
      if (instruction === undefined) {
        const shown = `0x${code.toString(16).padStart(2, '0')}`;
        throw new UnsupportedFile(
          this.#file,
          `its pickle has an instruction ${shown}, which is not read`,
        );
      }
      instruction(this);
    }
    const value = this.pop();
    if (this.#stack.length > 0) throw new RangeError('its pickle leaves more than one value');
    if (isPart(value)) throw new RangeError('its pickle is no value');
    return value as PtValue;
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

  /** All values above the last mark, the lowest first; the mark goes too. */
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
      throw new RangeError(`its pickle recalls ${index}, which it never had`);
    this.push(this.#memo.get(index));
  }

  /** @throws UnsupportedFile for all but what `globals` lists */
  pushGlobal(module: unknown, name: unknown): void {
    // Lists of lists of one list would make a text without end.
    if (typeof module !== 'string' || typeof name !== 'string') {
      throw new RangeError('its pickle names a Python object by no text');
    }
    const known = globals.get(`${module}.${name}`);
    if (known === undefined) {
      const sentence = `it names the Python object ${module}.${name}. Only tensors, lists, dictionaries, texts and numbers are read, and nothing is run`;
      throw new UnsupportedFile(this.#file, sentence);
    }
    this.push(known);
  }

  /** Calls what lies below the arguments. */
  reduce(): void {
    const [callee, args] = this.popMany(2);
    if (!(callee instanceof PtGlobal) || callee.call === undefined || !Array.isArray(args)) {
      throw new RangeError('its pickle calls what is no function');
    }
    this.push(callee.call(args));
  }

  /** Attributes of a dictionary, as the state of a network has them, are of no use here. */
  build(): void {
    this.pop();
    if (!(this.top() instanceof Map))
      throw new RangeError('its pickle sets attributes of no object');
  }

  /** `('storage', storage type, key, device, element count)` is all that a file may refer to. */
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

  #assertNotEmpty(): void {
    if (this.#stack.length <= (this.#marks.at(-1) ?? 0)) {
      throw new RangeError('its pickle takes more values than there are');
    }
  }
}

const stop = 0x2e;

/** What values are made of and is none itself. */
function isPart(value: unknown): boolean {
  return value instanceof PtGlobal || value instanceof StorageReference;
}
