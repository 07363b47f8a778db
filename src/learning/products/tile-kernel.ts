/**
 * The innermost loop of matrix products, as WebAssembly with SIMD: five times as fast as JavaScript.
 *
 * A tile is 4 rows of one operand times 4 or 8 of the other. Both are packed: for each step along the depth, the
 * numbers of all rows side by side.
 */
import {FunctionBody, moduleOf} from '../../wasm/assembler.ts';
import {sumsStride} from './block-sizes.ts';

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
/**
 * Multiplies packed rows by packed columns, over `steps` groups. Tiles of rows begin at `left` and are `leftStride` bytes apart; those of
 * columns lie side by side from `right` on. The products go to float64 from `sums` to `sumsEnd`, a row each `sumsStride` bytes, and
 * in it as many tiles as cover `width` bytes.
 */
export type TileKernel = (
  ...operands: readonly [
    left: number,
    right: number,
    sums: number,
    sumsEnd: number,
    leftStride: number,
    width: number,
    steps: number,
  ]
) => void;

/** The parameters of the kernel, by index. */
const parameters = {
  left: 0,
  right: 1,
  sums: 2,
  sumsEnd: 3,
  leftStride: 4,
  width: 5,
  steps: 6,
} as const;

const parameterCount = Object.keys(parameters).length;

/** Kernels of one precision. They set the sums to products, or add these to them. */
export interface TileKernels {
  readonly set: TileKernel;
  readonly add: TileKernel;
  /** Adds `highDigit` times the products. Only the kernels of whole numbers have it. */
  readonly addHigh?: TileKernel;
}

/** The value of a high digit, in low ones. */
export const highDigit = 2 ** 16;

/** Kernels that work on this memory. */
export function tileKernels(precision: Precision, memory: WebAssembly.Memory): TileKernels {
  const high = precision === 'whole' ? (['addHigh'] as const) : [];
  const functions = (['set', 'add', ...high] as const).map(
    (name) => [name, new TileWriter(precision, name).write()] as const,
  );
  const bytes = moduleOf(functions, {parameters: parameterCount, isShared: true});
  const {exports} = new WebAssembly.Instance(new WebAssembly.Module(bytes), {env: {memory}});
  return exports as unknown as TileKernels;
}

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
  readonly #body = new FunctionBody(parameterCount);
  readonly #left = this.#body.local('i32');
  readonly #leftEnd = this.#body.local('i32');
  readonly #right = this.#body.local('i32');
  readonly #tile = this.#body.local('i32');
  readonly #rowEnd = this.#body.local('i32');
  /** Two per row. */
  readonly #sums = [0, 1, 2, 3].map(() => [this.#body.local('v128'), this.#body.local('v128')]);
  readonly #columns = [this.#body.local('v128'), this.#body.local('v128')];
  readonly #number = this.#body.local('v128');
  readonly #factor = this.#body.local('v128');

  readonly #isAdded: boolean;
  readonly #isHigh: boolean;

  constructor(precision: Precision, name: keyof TileKernels) {
    this.#precision = precision;
    this.#isAdded = name !== 'set';
    this.#isHigh = name === 'addHigh';
  }

  write(): Uint8Array {
    const body = this.#body;
    if (this.#isHigh) this.#setFactor();
    body.add('loop');
    this.#writeRow();
    this.#advance(parameters.left, () => body.get(parameters.leftStride));
    this.#advance(parameters.sums, () => body.i32(tileRows * sumsStride));
    this.#repeatBelow(parameters.sums, parameters.sumsEnd);
    return body.finish();
  }

  #setFactor(): void {
    this.#body.i32(highDigit);
    this.#body.add('i32x4.splat', 'f64x2.convert_low_i32x4_s');
    this.#body.set(this.#factor);
  }

  /** A row of tiles. */
  #writeRow(): void {
    const body = this.#body;
    const bytes = tileRows * groupBytes[this.#precision];
    body.get(parameters.left);
    body.get(parameters.steps);
    body.i32(bytes);
    body.add('i32.mul', 'i32.add');
    body.set(this.#leftEnd);
    this.#copy(parameters.right, this.#right);
    this.#copy(parameters.sums, this.#tile);
    body.get(parameters.sums);
    body.get(parameters.width);
    body.add('i32.add');
    body.set(this.#rowEnd);
    body.add('loop');
    this.#clearSums();
    this.#copy(parameters.left, this.#left);
    body.add('loop');
    this.#multiplyStep();
    this.#advance(this.#left, () => body.i32(bytes));
    this.#advance(this.#right, () => body.i32(2 * vectorBytes));
    this.#repeatBelow(this.#left, this.#leftEnd);
    this.#writeTile();
    this.#advance(this.#tile, () => body.i32(8 * tileColumns[this.#precision]));
    this.#repeatBelow(this.#tile, this.#rowEnd);
  }

  #copy(from: number, to: number): void {
    this.#body.get(from);
    this.#body.set(to);
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

  #writeTile(): void {
    for (const [row, halves] of this.#sums.entries()) {
      for (const [half, sum] of halves.entries()) this.#writeSums(sum, row, half);
    }
  }

  /** Adds the products of one step along the depth to the sums. */
  #multiplyStep(): void {
    const body = this.#body;
    const {splat, multiply, add} = instructions[this.#precision];
    const bytes = groupBytes[this.#precision];
    this.#columns.forEach((columns, half) => {
      body.get(this.#right);
      body.access('v128.load', vectorBytes * half);
      body.set(columns);
    });
    this.#sums.forEach((sums, row) => {
      body.get(this.#left);
      body.access(splat, row * bytes);
      body.set(this.#number);
      sums.forEach((sum, half) => {
        body.get(sum);
        body.get(this.#number);
        body.get(this.#columns[half]!);
        body.add(multiply, add);
        body.set(sum);
      });
    });
  }

  /** Writes a vector of sums to the tile: two float64, or four others converted to float64. */
  #writeSums(sum: number, row: number, half: number): void {
    const body = this.#body;
    const conversion = conversions[this.#precision];
    const parts = conversion === undefined ? 1 : 2;
    for (let part = 0; part < parts; part++) {
      const offset = row * sumsStride + vectorBytes * (half * parts + part);
      body.get(this.#tile);
      body.get(sum);
      if (part === 1) {
        body.get(sum);
        body.shuffle(swappedHalves);
      }
      if (conversion !== undefined) body.add(conversion);
      if (this.#isHigh) {
        body.get(this.#factor);
        body.add('f64x2.mul');
      }
      if (this.#isAdded) {
        body.get(this.#tile);
        body.access('v128.load', offset);
        body.add('f64x2.add');
      }
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
