/**
 * The innermost loop of matrix products, as WebAssembly with SIMD: JavaScript alone takes five times as long.
 *
 * A tile is 4 rows of one operand times 4 or 8 of the other. Both are packed: for each step along the depth the numbers
 * of all rows, side by side.
 */
import {webAssembly, type WebAssemblyMemory} from '../web-assembly.ts';

/** In which precision a tile's products are added up. What several tiles give is added in float64 in any case. */
export type Precision = 'single' | 'double';

/** Rows of a tile. */
export const tileRows = 4;
/** Columns of a tile: two vectors. */
export const tileColumns: Readonly<Record<Precision, number>> = {single: 8, double: 4};

/**
 * Adds to a tile of float64 at `c`, whose rows are `stride` bytes apart, the products of the packed rows at `a` and `b`
 * over `depth` steps. All but `depth` are addresses and lengths in bytes.
 */
export type TileKernel = (
  ...operands: readonly [a: number, b: number, c: number, depth: number, stride: number]
) => void;

/** A kernel that works in this memory. */
export function tileKernel(precision: Precision, memory: WebAssemblyMemory): TileKernel {
  const module = new webAssembly.Module(Uint8Array.from(moduleOf(bodyOf(precision))));
  const {exports} = new webAssembly.Instance(module, {tile: {memory}});
  return (exports as {readonly multiply: TileKernel}).multiply;
}

// The binary format: https://webassembly.github.io/spec/core/binary, and for vectors its chapter on vector instructions.

type Bytes = readonly number[];

/** Numbers of instructions. */
const instruction = {
  loop: 0x03,
  end: 0x0b,
  branchIf: 0x0d,
  get: 0x20,
  set: 0x21,
  constant: 0x41,
  lessUnsigned: 0x49,
  add: 0x6a,
  multiply: 0x6c,
} as const;

/** Numbers of vector instructions, each after the byte 0xfd. */
const vector = {
  load: 0x00,
  load32Splat: 0x09,
  load64Splat: 0x0a,
  store: 0x0b,
  shuffle: 0x0d,
  promoteLow: 0x5f,
  add32: 0xe4,
  multiply32: 0xe6,
  add64: 0xf0,
  multiply64: 0xf2,
} as const;

const [i32, v128, nothing] = [0x7f, 0x7b, 0x40];

/** Locals: the parameters, then addresses, then vectors. */
const local = {a: 0, b: 1, c: 2, depth: 3, stride: 4, end: 5, row: 6, sums: 7, right: 15, left: 17};
const [addressLocals, vectorLocals] = [2, 11];

function bodyOf(precision: Precision): Bytes {
  const isSingle = precision === 'single';
  const [bytes, add, multiply, splat] = isSingle
    ? [4, vector.add32, vector.multiply32, vector.load32Splat]
    : [8, vector.add64, vector.multiply64, vector.load64Splat];
  const sum = (row: number, half: number): number => local.sums + 2 * row + half;
  const step = [0, 1, 2, 3].flatMap((row) => [
    ...get(local.a),
    ...memoryVector(splat, Math.log2(bytes), row * bytes),
    ...set(local.left),
    ...[0, 1].flatMap((half) => [
      ...get(sum(row, half)),
      ...get(local.left),
      ...get(local.right + half),
      ...vectorOp(multiply),
      ...vectorOp(add),
      ...set(sum(row, half)),
    ]),
  ]);
  return [
    ...get(local.a),
    ...get(local.depth),
    ...constant(tileRows * bytes),
    instruction.multiply,
    instruction.add,
    ...set(local.end),
    instruction.loop,
    nothing,
    ...[0, 1].flatMap((half) => [
      ...get(local.b),
      ...memoryVector(vector.load, 3, 16 * half),
      ...set(local.right + half),
    ]),
    ...step,
    ...advance(local.a, constant(tileRows * bytes)),
    ...advance(local.b, constant(32)),
    ...get(local.a),
    ...get(local.end),
    instruction.lessUnsigned,
    instruction.branchIf,
    0,
    instruction.end,
    ...get(local.c),
    ...set(local.row),
    ...[0, 1, 2, 3].flatMap((row) => [
      ...[0, 1].flatMap((half) => addToMemory(sum(row, half), half, isSingle)),
      ...advance(local.row, get(local.stride)),
    ]),
    instruction.end,
  ];
}

/** Adds a vector of sums to what is at the address `row`: as it is, or as the two of float64 that it stands for. */
function addToMemory(sum: number, half: number, isSingle: boolean): Bytes {
  const parts = isSingle
    ? [
        [...get(sum), ...vectorOp(vector.promoteLow)],
        [...get(sum), ...get(sum), ...swapHalves, ...vectorOp(vector.promoteLow)],
      ]
    : [get(sum)];
  return parts.flatMap((part, at) => {
    const offset = 16 * (half * parts.length + at);
    return [
      ...get(local.row),
      ...get(local.row),
      ...memoryVector(vector.load, 3, offset),
      ...part,
      ...vectorOp(vector.add64),
      ...memoryVector(vector.store, 3, offset),
    ];
  });
}

const swapHalves: Bytes = vectorOp(vector.shuffle).concat([
  8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7,
]);

function get(index: number): Bytes {
  return [instruction.get, index];
}

function set(index: number): Bytes {
  return [instruction.set, index];
}

function constant(value: number): Bytes {
  // Signed: below 64 it is one byte.
  return [instruction.constant, value];
}

function advance(index: number, by: Bytes): Bytes {
  return [...get(index), ...by, instruction.add, ...set(index)];
}

function vectorOp(number: number): Bytes {
  return [0xfd, ...unsigned(number)];
}

function memoryVector(number: number, alignment: number, offset: number): Bytes {
  return [...vectorOp(number), alignment, ...unsigned(offset)];
}

const magic: Bytes = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];

function moduleOf(body: Bytes): Bytes {
  const parameters = [5, i32, i32, i32, i32, i32];
  const locals = [2, addressLocals, i32, vectorLocals, v128];
  const code = [...locals, ...body];
  return [
    ...magic,
    ...section(1, [1, 0x60, ...parameters, 0]),
    ...section(2, [1, ...name('tile'), ...name('memory'), 0x02, 0x00, 1]),
    ...section(3, [1, 0]),
    ...section(7, [1, ...name('multiply'), 0x00, 0]),
    ...section(10, [1, ...unsigned(code.length), ...code]),
  ];
}

function section(number: number, content: Bytes): Bytes {
  return [number, ...unsigned(content.length), ...content];
}

function name(text: string): Bytes {
  return [text.length, ...new TextEncoder().encode(text)];
}

/** Seven bits a byte, the lowest first. */
function unsigned(value: number): Bytes {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(value >>> 7)];
}
