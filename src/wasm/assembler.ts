/** WebAssembly as bytes: the parts of its binary format that our kernels need (core specification 2.0, chapter 5). */

/** Instructions without immediate operands. */
const plain = {
  loop: [0x03, 0x40],
  if: [0x04, 0x40],
  end: [0x0b],
  select: [0x1b],
  'i32.lt_u': [0x49],
  'i32.le_u': [0x4d],
  'i32.eq': [0x46],
  'i32.add': [0x6a],
  'i32.mul': [0x6c],
  'i32.sub': [0x6b],
  'i32.div_u': [0x6e],
  'i32.rem_u': [0x70],
  'f32.gt': [0x5e],
  'f32.floor': [0x8e],
  'f32.sqrt': [0x91],
  'f32.add': [0x92],
  'f32.sub': [0x93],
  'f32.mul': [0x94],
  'f32.div': [0x95],
  'f64.add': [0xa0],
  'f32.demote_f64': [0xb6],
  'f64.promote_f32': [0xbb],
  'f32x4.splat': [0xfd, 0x13],
  'f32x4.gt': [0xfd, 0x44],
  'v128.and': [0xfd, 0x4e],
  'f32x4.floor': [0xfd, 0x68],
  'f32x4.sqrt': [0xfd, 0xe3, 0x01],
  'f32x4.add': [0xfd, 0xe4, 0x01],
  'f32x4.sub': [0xfd, 0xe5, 0x01],
  'f32x4.mul': [0xfd, 0xe6, 0x01],
  'f32x4.div': [0xfd, 0xe7, 0x01],
  'i32x4.splat': [0xfd, 0x11],
  'i32x4.add': [0xfd, 0xae, 0x01],
  'i32x4.dot_i16x8_s': [0xfd, 0xba, 0x01],
  'f64x2.add': [0xfd, 0xf0, 0x01],
  'f64x2.mul': [0xfd, 0xf2, 0x01],
  'f64x2.convert_low_i32x4_s': [0xfd, 0xfe, 0x01],
  'f64x2.promote_low_f32x4': [0xfd, 0x5f],
} as const;

const memory = {
  'i32.load': [0x28, 2],
  'f32.load': [0x2a, 2],
  'f32.store': [0x38, 2],
  'v128.load': [0xfd, 0x00, 2],
  'v128.load32_splat': [0xfd, 0x09, 2],
  'v128.load64_splat': [0xfd, 0x0a, 3],
  'v128.store': [0xfd, 0x0b, 2],
} as const;

export type Instruction = keyof typeof plain;
export type MemoryInstruction = keyof typeof memory;

const types = {i32: 0x7f, f32: 0x7d, f64: 0x7c, v128: 0x7b} as const;
export type LocalType = keyof typeof types;

/** The body of a function under construction. Methods add instructions. */
export class FunctionBody {
  readonly #bytes: number[] = [];
  readonly #locals: LocalType[] = [];
  readonly #parameters: number;

  /** @param parameters their number; all are i32 and are the first locals */
  constructor(parameters: number) {
    this.#parameters = parameters;
  }

  /** Adds a local, which is initially 0. */
  local(type: LocalType): number {
    return this.#parameters + this.#locals.push(type) - 1;
  }

  add(...instructions: readonly Instruction[]): void {
    for (const instruction of instructions) this.#bytes.push(...plain[instruction]);
  }

  get(local: number): void {
    this.#bytes.push(0x20, ...unsigned(local));
  }

  set(local: number): void {
    this.#bytes.push(0x21, ...unsigned(local));
  }

  /** A load or a store at `offset` bytes after the address. */
  access(instruction: MemoryInstruction, offset = 0): void {
    this.#bytes.push(...memory[instruction], ...unsigned(offset));
  }

  i32(value: number): void {
    this.#bytes.push(0x41, ...signed(value));
  }

  f32(value: number): void {
    this.#bytes.push(0x43, ...floatBytes(value));
  }

  /** A vector of four equal numbers. */
  f32x4(value: number): void {
    const bytes = floatBytes(value);
    this.#bytes.push(0xfd, 0x0c, ...bytes, ...bytes, ...bytes, ...bytes);
  }

  extractLane(lane: number): void {
    this.#bytes.push(0xfd, 0x1f, lane);
  }

  replaceLane(lane: number): void {
    this.#bytes.push(0xfd, 0x20, lane);
  }

  call(index: number): void {
    this.#bytes.push(0x10, ...unsigned(index));
  }

  /** Selects sixteen bytes from two vectors, by their positions among both. */
  shuffle(bytes: readonly number[]): void {
    this.#bytes.push(0xfd, 0x0d, ...bytes);
  }

  /** Branches to the start of the loop `level` levels out, if the number on the stack is not 0. */
  branchIf(level: number): void {
    this.#bytes.push(0x0d, ...unsigned(level));
  }

  branch(level: number): void {
    this.#bytes.push(0x0c, ...unsigned(level));
  }

  finish(): Uint8Array {
    const locals = this.#locals.flatMap((type) => [1, types[type]]);
    const code = [...unsigned(this.#locals.length), ...locals, ...this.#bytes, ...plain.end];
    return Uint8Array.from([...unsigned(code.length), ...code]);
  }
}

/** The start of every module: magic number and version. */
const magic = [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0];

export interface ModuleOptions {
  /** The number of parameters of each exported function, all of them i32; it returns nothing. */
  readonly parameters: number;
  /** Whether several threads share the memory. */
  readonly isShared: boolean;
  /** Functions that the bodies call, by index; each is from f32 to f32. */
  readonly imported?: readonly string[];
}

/** A module of these functions, given by name and body. It imports `memory` and the called functions from `env`. */
export function moduleOf(
  functions: readonly (readonly [name: string, body: Uint8Array])[],
  {parameters, isShared, imported = []}: ModuleOptions,
): Uint8Array {
  const unary = [0x60, 1, types.f32, 1, types.f32];
  const exportedType = [0x60, parameters, ...Array<number>(parameters).fill(types.i32), 0];
  // Shared memory needs a maximum: 65,536 pages are the most that is possible.
  const limits = isShared ? [0x03, 0, ...unsigned(65_536)] : [0x00, 0];
  return Uint8Array.from([
    ...magic,
    ...section(1, [unary, exportedType]),
    ...section(2, [
      [...text('env'), ...text('memory'), 0x02, ...limits],
      ...imported.map((name) => [...text('env'), ...text(name), 0x00, 0]),
    ]),
    ...section(
      3,
      functions.map(() => [1]),
    ),
    ...section(
      7,
      functions.map(([name], i) => [...text(name), 0x00, ...unsigned(imported.length + i)]),
    ),
    ...section(
      10,
      functions.map(([, body]) => [...body]),
    ),
  ]);
}

function section(id: number, entries: readonly (readonly number[])[]): readonly number[] {
  const content = [...unsigned(entries.length), ...entries.flat()];
  return [id, ...unsigned(content.length), ...content];
}

function text(value: string): readonly number[] {
  const bytes = [...Buffer.from(value)];
  return [...unsigned(bytes.length), ...bytes];
}

/** An unsigned number in LEB128. */
function unsigned(value: number): readonly number[] {
  const bytes: number[] = [];
  do {
    const low = value % 128;
    value = Math.floor(value / 128);
    bytes.push(value > 0 ? low + 128 : low);
  } while (value > 0);
  return bytes;
}

function signed(value: number): readonly number[] {
  const bytes: number[] = [];
  for (;;) {
    const low = value & 0x7f;
    value >>= 7;
    const isLast = (value === 0 && low < 64) || (value === -1 && low >= 64);
    bytes.push(isLast ? low : low | 0x80);
    if (isLast) return bytes;
  }
}

function floatBytes(value: number): readonly number[] {
  return [...new Uint8Array(Float32Array.of(value).buffer)];
}
