/**
 * The innermost loop of matrix products, as WebAssembly with SIMD: five times as fast as JavaScript.
 *
 * A tile is 4 rows of one operand times 4 or 8 of the other. Both are packed: for each step along the depth, the
 * numbers of all rows side by side.
 */
import {FunctionBody, moduleOf} from '../../wasm/assembler.ts';

/**
 * The precision in which a tile's products are added up: whole numbers of 16 bits exactly, in 32 bits; or float32 or
 * float64. Sums of several tiles are always added in float64.
 */
export type Precision = 'whole' | 'single' | 'double';

/** Rows of a tile. */
export const tileRows = 4;
/** Columns of a tile: two vectors. */
export const tileColumns: Readonly<Record<Precision, number>> = {whole: 8, single: 8, double: 4};
/** Numbers of a row that are packed side by side: one instruction multiplies two pairs of whole numbers and adds them. */
export const tileGroup: Readonly<Record<Precision, number>> = {whole: 2, single: 1, double: 1};
/** Bytes of such a group. */
export const groupBytes: Readonly<Record<Precision, number>> = {whole: 4, single: 4, double: 8};
/** The address of a float64 by which the sums of whole numbers are multiplied. */
export const factorAt = 0;

/**
 * Adds to tiles of float64 side by side, from `c` to `end`, whose rows are `stride` bytes apart, the products of the packed
 * rows at `a` with those at `b`, tile after tile, over `depth` steps of one group each. All but `depth` are addresses and
 * lengths in bytes.
 */
export type TileKernel = (
  ...operands: readonly [
    a: number,
    b: number,
    c: number,
    end: number,
    depth: number,
    stride: number,
  ]
) => void;

/** A kernel that works on this memory. */
export function tileKernel(
  precision: Precision,
  memory: WebAssembly.Memory<ArrayBuffer>,
): TileKernel {
  const body = new TileWriter(precision).write();
  const bytes = moduleOf([['multiply', body]], {parameters: 6, isShared: false});
  const {exports} = new WebAssembly.Instance(new WebAssembly.Module(bytes), {env: {memory}});
  return exports['multiply'] as TileKernel;
}

/** The parameters of the kernel, by index. */
const parameters = {a: 0, b: 1, c: 2, end: 3, depth: 4, stride: 5} as const;

const vectorBytes = 16;
/** A shuffle that moves the second half of a vector to the first. */
const swappedHalves = [8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7];

const instructions = {
  whole: {splat: 'v128.load32_splat', multiply: 'i32x4.dot_i16x8_s', add: 'i32x4.add'},
  single: {splat: 'v128.load32_splat', multiply: 'f32x4.mul', add: 'f32x4.add'},
  double: {splat: 'v128.load64_splat', multiply: 'f64x2.mul', add: 'f64x2.add'},
} as const;

/** The conversion of the lower two of four sums to float64. */
const conversions = {
  whole: 'f64x2.convert_low_i32x4_s',
  single: 'f64x2.promote_low_f32x4',
  double: undefined,
} as const;

class TileWriter {
  readonly #precision: Precision;
  readonly #body = new FunctionBody(6);
  readonly #left = this.#body.local('i32');
  readonly #leftEnd = this.#body.local('i32');
  readonly #row = this.#body.local('i32');
  /** Two per row. */
  readonly #sums = [0, 1, 2, 3].map(() => [this.#body.local('v128'), this.#body.local('v128')]);
  readonly #right = [this.#body.local('v128'), this.#body.local('v128')];
  readonly #factor = this.#body.local('v128');

  constructor(precision: Precision) {
    this.#precision = precision;
  }

  write(): Uint8Array {
    const body = this.#body;
    const bytes = groupBytes[this.#precision];
    body.get(parameters.a);
    body.get(parameters.depth);
    body.i32(tileRows * bytes);
    body.add('i32.mul', 'i32.add');
    body.set(this.#leftEnd);
    body.add('loop');
    this.#clearSums();
    body.get(parameters.a);
    body.set(this.#left);
    body.add('loop');
    this.#multiplyStep();
    this.#advance(this.#left, () => body.i32(tileRows * bytes));
    this.#advance(parameters.b, () => body.i32(2 * vectorBytes));
    this.#repeatBelow(this.#left, this.#leftEnd);
    this.#addTile();
    this.#advance(parameters.c, () => body.i32(8 * tileColumns[this.#precision]));
    this.#repeatBelow(parameters.c, parameters.end);
    return body.finish();
  }

  #clearSums(): void {
    const body = this.#body;
    for (const sum of this.#sums.flat()) {
      body.f32x4(0);
      body.set(sum);
    }
  }

  /** Ends a loop that is repeated as long as one number is smaller than another. */
  #repeatBelow(local: number, end: number): void {
    this.#body.get(local);
    this.#body.get(end);
    this.#body.add('i32.lt_u');
    this.#body.branchIf(0);
    this.#body.add('end');
  }

  /** Adds the sums to the tile at `c`. */
  #addTile(): void {
    const body = this.#body;
    body.get(parameters.c);
    body.set(this.#row);
    for (const [first, second] of this.#sums) {
      this.#addToMemory(first!, 0);
      this.#addToMemory(second!, 1);
      this.#advance(this.#row, () => body.get(parameters.stride));
    }
  }

  /** Adds the products of one step along the depth to the sums. */
  #multiplyStep(): void {
    const body = this.#body;
    const {splat, multiply, add} = instructions[this.#precision];
    const bytes = groupBytes[this.#precision];
    this.#right.forEach((right, half) => {
      body.get(parameters.b);
      body.access('v128.load', vectorBytes * half);
      body.set(right);
    });
    this.#sums.forEach((sums, row) => {
      body.get(this.#left);
      body.access(splat, row * bytes);
      body.set(this.#factor);
      sums.forEach((sum, half) => {
        body.get(sum);
        body.get(this.#factor);
        body.get(this.#right[half]!);
        body.add(multiply, add);
        body.set(sum);
      });
    });
  }

  /**
   * Adds a vector of sums to the numbers at the address `row`: two float64, or four others converted to float64.
   */
  #addToMemory(sum: number, half: number): void {
    const body = this.#body;
    const conversion = conversions[this.#precision];
    const parts = conversion === undefined ? 1 : 2;
    for (let part = 0; part < parts; part++) {
      const offset = vectorBytes * (half * parts + part);
      body.get(this.#row);
      body.get(this.#row);
      body.access('v128.load', offset);
      body.get(sum);
      if (part === 1) {
        body.get(sum);
        body.shuffle(swappedHalves);
      }
      if (conversion !== undefined) body.add(conversion);
      if (this.#precision === 'whole') {
        body.i32(factorAt);
        body.access('v128.load64_splat');
        body.add('f64x2.mul');
      }
      body.add('f64x2.add');
      body.access('v128.store', offset);
    }
  }

  #advance(local: number, by: () => void): void {
    this.#body.get(local);
    by();
    this.#body.add('i32.add');
    this.#body.set(local);
  }
}
