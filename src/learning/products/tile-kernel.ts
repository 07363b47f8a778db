/**
 * The innermost loop of matrix products, as WebAssembly with SIMD: five times as fast as JavaScript.
 *
 * A tile is 4 rows of one operand times 4 or 8 of the other. Both are packed: for each step along the depth, the
 * numbers of all rows side by side.
 */
import {FunctionBody, moduleOf} from '../../wasm/assembler.ts';

/** The precision in which a tile's products are added up. Sums of several tiles are always added in float64. */
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

/** A kernel that works on this memory. */
export function tileKernel(
  precision: Precision,
  memory: WebAssembly.Memory<ArrayBuffer>,
): TileKernel {
  const body = new TileWriter(precision).write();
  const bytes = moduleOf([['multiply', body]], {parameters: 5, isShared: false});
  const {exports} = new WebAssembly.Instance(new WebAssembly.Module(bytes), {env: {memory}});
  return exports['multiply'] as TileKernel;
}

/** The parameters of the kernel, by index. */
const parameters = {a: 0, b: 1, c: 2, depth: 3, stride: 4} as const;

const vectorBytes = 16;
/** A shuffle that moves the second half of a vector to the first. */
const swappedHalves = [8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7];

const instructions = {
  single: {bytes: 4, splat: 'v128.load32_splat', multiply: 'f32x4.mul', add: 'f32x4.add'},
  double: {bytes: 8, splat: 'v128.load64_splat', multiply: 'f64x2.mul', add: 'f64x2.add'},
} as const;

class TileWriter {
  readonly #precision: Precision;
  readonly #body = new FunctionBody(5);
  readonly #end = this.#body.local('i32');
  readonly #row = this.#body.local('i32');
  /** Two per row. */
  readonly #sums = [0, 1, 2, 3].map(() => [this.#body.local('v128'), this.#body.local('v128')]);
  readonly #right = [this.#body.local('v128'), this.#body.local('v128')];
  readonly #left = this.#body.local('v128');

  constructor(precision: Precision) {
    this.#precision = precision;
  }

  write(): Uint8Array {
    const body = this.#body;
    const {bytes} = instructions[this.#precision];
    body.get(parameters.a);
    body.get(parameters.depth);
    body.i32(tileRows * bytes);
    body.add('i32.mul', 'i32.add');
    body.set(this.#end);
    body.add('loop');
    this.#multiplyStep();
    this.#advance(parameters.a, () => body.i32(tileRows * bytes));
    this.#advance(parameters.b, () => body.i32(2 * vectorBytes));
    body.get(parameters.a);
    body.get(this.#end);
    body.add('i32.lt_u');
    body.branchIf(0);
    body.add('end');
    body.get(parameters.c);
    body.set(this.#row);
    for (const [first, second] of this.#sums) {
      this.#addToMemory(first!, 0);
      this.#addToMemory(second!, 1);
      this.#advance(this.#row, () => body.get(parameters.stride));
    }
    return body.finish();
  }

  /** Adds the products of one step along the depth to the sums. */
  #multiplyStep(): void {
    const body = this.#body;
    const {bytes, splat, multiply, add} = instructions[this.#precision];
    this.#right.forEach((right, half) => {
      body.get(parameters.b);
      body.access('v128.load', vectorBytes * half);
      body.set(right);
    });
    this.#sums.forEach((sums, row) => {
      body.get(parameters.a);
      body.access(splat, row * bytes);
      body.set(this.#left);
      sums.forEach((sum, half) => {
        body.get(sum);
        body.get(this.#left);
        body.get(this.#right[half]!);
        body.add(multiply, add);
        body.set(sum);
      });
    });
  }

  /**
   * Adds a vector of sums to the numbers at the address `row`: two float64, or two of four float32 converted to
   * float64.
   */
  #addToMemory(sum: number, half: number): void {
    const body = this.#body;
    const isSingle = this.#precision === 'single';
    const parts = isSingle ? 2 : 1;
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
      if (isSingle) body.add('f64x2.promote_low_f32x4');
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
