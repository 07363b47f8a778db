/** The memories of a kernel that is interpreted: numbers, and who read and wrote them since when. */

/** Who touches a memory. */
export interface Toucher {
  readonly group: number;
  readonly thread: number;
  /** Whether what is read here is thrown away: it need not be right, but must be there. */
  readonly isDiscarded: boolean;
}

const several = -2;
const nobody = -1;

/** What a kernel may do with a memory; `type` is what is stored to it, absent if the first store decides. */
export interface Rights {
  readonly isRead: boolean;
  readonly isWritten: boolean;
  readonly type?: 'f32' | 'vec4f';
}

/**
 * A memory of the device. A number is stored at most once, or again by the same workgroup behind a barrier. Nobody reads
 * what another workgroup writes, or what another thread writes without a barrier between.
 */
export class DeviceMemory {
  /** How many numbers were stored, each counted once. */
  stored = 0;
  readonly #name: string;
  readonly #numbers: Float32Array;
  readonly #rights: Rights;
  #type: 'f32' | 'vec4f' | undefined;
  /** Counts barriers and workgroups: what has the same count happened without either between. */
  #now = 1;
  readonly #touched: Touched;

  constructor(name: string, numbers: Float32Array, rights: Rights) {
    this.#name = name;
    this.#numbers = numbers;
    this.#rights = rights;
    this.#type = rights.type;
    this.#touched = new Touched(numbers.length);
  }

  passBarrier(): void {
    this.#now++;
  }

  /** A number. */
  load(index: number, by: Toucher): number {
    if (!this.#rights.isRead) throw new Error(`${this.#name} is not among what it reads`);
    this.#check(index, 1);
    return this.#read(index, by);
  }

  /** The vector at an index counted in vectors. */
  loadVector(index: number, by: Toucher): readonly number[] {
    if (!this.#rights.isRead) throw new Error(`${this.#name} is not among what it reads`);
    this.#check(4 * index, 4);
    return [0, 1, 2, 3].map((lane) => this.#read(4 * index + lane, by));
  }

  store(index: number, value: number, by: Toucher): void {
    this.#checkStore('f32');
    this.#check(index, 1);
    this.#write(index, value, by);
  }

  storeVector(index: number, value: readonly number[], by: Toucher): void {
    this.#checkStore('vec4f');
    this.#check(4 * index, 4);
    for (const [lane, number] of value.entries()) this.#write(4 * index + lane, number, by);
  }

  #checkStore(type: 'f32' | 'vec4f'): void {
    if (!this.#rights.isWritten) throw new Error(`${this.#name} is not among what it writes`);
    this.#type ??= type;
    if (this.#type !== type) throw new Error(`${type} is stored to ${this.#name} of ${this.#type}`);
  }

  #check(first: number, count: number): void {
    if (!(first >= 0 && first + count <= this.#numbers.length)) {
      const what = count === 1 ? `index ${first}` : `the vector at number ${first}`;
      throw new Error(`${what} is outside ${this.#name} of ${this.#numbers.length} numbers`);
    }
  }

  #read(index: number, by: Toucher): number {
    const touched = this.#touched;
    if (!by.isDiscarded) {
      const group = touched.writerGroup[index]!;
      const isOurs =
        group === by.group &&
        (touched.writer[index] === by.thread || touched.written[index]! < this.#now);
      if (group !== nobody && !isOurs)
        throw new Error(
          `number ${index} of ${this.#name} is read, and written by ${whoWrote(touched, index)}`,
        );
      touched.noteRead(index, by, this.#now);
    }
    return this.#numbers[index]!;
  }

  #write(index: number, value: number, by: Toucher): void {
    const touched = this.#touched;
    const group = touched.writerGroup[index]!;
    if (group === nobody) this.stored++;
    else if (group !== by.group || touched.written[index] === this.#now)
      throw new Error(
        `number ${index} of ${this.#name} was written by ${whoWrote(touched, index)}`,
      );
    const reader = touched.readerGroup[index]!;
    const isReadByOthers =
      reader === several ||
      (reader !== nobody && reader !== by.group) ||
      (touched.read[index] === this.#now && touched.reader[index] !== by.thread);
    if (isReadByOthers)
      throw new Error(`number ${index} of ${this.#name} is written, and was read by others`);
    touched.noteWrite(index, by, this.#now);
    this.#numbers[index] = value;
  }
}

function whoWrote(touched: Touched, index: number): string {
  return `thread ${touched.writer[index]} of group ${touched.writerGroup[index]}`;
}

/** The vectors that the threads of a workgroup share. */
export class SharedMemory {
  readonly #vectors: (readonly number[] | undefined)[];
  readonly #touched: Touched;
  #now = 1;

  constructor(size: number) {
    this.#vectors = Array.from({length: size});
    this.#touched = new Touched(size);
  }

  /** For the next workgroup. */
  clear(): void {
    this.#vectors.fill(undefined);
    this.passBarrier();
  }

  passBarrier(): void {
    this.#now++;
  }

  load(index: number, by: Toucher): readonly number[] {
    this.#check(index);
    const found = this.#vectors[index];
    if (by.isDiscarded) return found ?? [NaN, NaN, NaN, NaN];
    if (found === undefined)
      throw new Error(`vector ${index} of the workgroup's memory is read, and nobody wrote it`);
    const touched = this.#touched;
    if (touched.written[index] === this.#now && touched.writer[index] !== by.thread)
      throw new Error(
        `vector ${index} of the workgroup's memory is read, and thread ${touched.writer[index]} wrote it since the last barrier`,
      );
    touched.noteRead(index, by, this.#now);
    return found;
  }

  store(index: number, value: readonly number[], by: Toucher): void {
    this.#check(index);
    const touched = this.#touched;
    if (touched.written[index] === this.#now && touched.writer[index] !== by.thread)
      throw new Error(
        `vector ${index} of the workgroup's memory is written, and thread ${touched.writer[index]} wrote it since the last barrier`,
      );
    if (touched.read[index] === this.#now && touched.reader[index] !== by.thread)
      throw new Error(
        `vector ${index} of the workgroup's memory is written, and another thread read it since the last barrier`,
      );
    touched.noteWrite(index, by, this.#now);
    this.#vectors[index] = value;
  }

  #check(index: number): void {
    if (!(index >= 0 && index < this.#vectors.length))
      throw new Error(
        `index ${index} is outside the workgroup's memory of ${this.#vectors.length} vectors`,
      );
  }
}

/** Who touched each element last, and when. */
class Touched {
  readonly writerGroup: Int32Array;
  readonly writer: Int32Array;
  readonly written: Int32Array;
  readonly readerGroup: Int32Array;
  readonly reader: Int32Array;
  readonly read: Int32Array;

  constructor(size: number) {
    this.writerGroup = new Int32Array(size).fill(nobody);
    this.writer = new Int32Array(size).fill(nobody);
    this.written = new Int32Array(size);
    this.readerGroup = new Int32Array(size).fill(nobody);
    this.reader = new Int32Array(size).fill(nobody);
    this.read = new Int32Array(size);
  }

  noteRead(index: number, {group, thread}: Toucher, now: number): void {
    const before = this.readerGroup[index]!;
    this.readerGroup[index] = before === nobody || before === group ? group : several;
    const isFirst = this.read[index] !== now || this.reader[index] === thread;
    this.reader[index] = isFirst ? thread : several;
    this.read[index] = now;
  }

  noteWrite(index: number, {group, thread}: Toucher, now: number): void {
    this.writerGroup[index] = group;
    this.writer[index] = thread;
    this.written[index] = now;
  }
}
