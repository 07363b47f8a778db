import {fixedPoint} from './products/fixed-point.ts';
import type {Operand} from './products/pack.ts';
import type {Product} from './products/product.ts';
import type {ProductPool} from './products/product-pool.ts';
import {shared, sharedDoubles, sharedFloats} from './products/shared-arrays.ts';

/** Images as stored, or as numbers in the precision of a check. */
export type Pixels = Uint8Array | Float32Array | Float64Array;

/** Called between chunks of rows, to show progress or to stop. */
export type Tick = (rows: number) => Promise<void>;

/** Rows between two ticks. Sums of floats are rounded chunk by chunk, so that this size decides about their last bits. */
const chunkRows = 2048;
/** The same for bytes, whose sums are exact: threads wait for each other, and add to a result, less often. */
const exactChunkRows = 2 * chunkRows;

function chunkRowsOf(pixels: Pixels): number {
  return pixels instanceof Uint8Array ? exactChunkRows : chunkRows;
}

interface Rows {
  readonly pixels: Pixels;
  readonly size: number;
  readonly count: number;
}

/**
 * Σ xᵢ and, for i ≤ j, Σ xᵢxⱼ over rows, in float64. For bytes every sum is a whole number below 2^53, so the result is exact and
 * does not depend on the order of summation.
 */
export async function symmetricMoments(
  {pixels, size, count}: Rows,
  pool: ProductPool,
  tick?: Tick,
): Promise<{readonly sums: Float64Array; readonly products: Float64Array}> {
  const sums = new Float64Array(size);
  const products = sharedDoubles(size * size);
  const isExact = pixels instanceof Uint8Array;
  const step = chunkRowsOf(pixels);
  const room = roomFor(pixels, Math.min(step, count) * size);
  for (let row = 0; row < count; row += step) {
    const end = Math.min(row + step, count);
    const chunk = room.subarray(0, (end - row) * size);
    chunk.set(pixels.subarray(row * size, end * size));
    // The columns of the chunk are the operands.
    const operand = {values: chunk, rowStride: 1, depthStride: size};
    const computed = pool.compute({
      left: operand,
      right: operand,
      rows: size,
      columns: size,
      depth: end - row,
      precision: isExact ? 'whole' : 'double',
      isSymmetric: true,
      isUpper: true,
      result: products,
      isAdded: true,
    });
    addRows(chunk, sums);
    await computed;
    await tick?.(end);
  }
  return {sums, products};
}

/** Adds rows to the sums, four at a time: the threads of a product have less of the processor meanwhile. */
function addRows(rows: Pixels, sums: Float64Array): void {
  const {length: size} = sums;
  const together = 4 * size;
  let at = 0;
  for (; at + together <= rows.length; at += together) {
    for (let i = 0, from = at; i < size; i++, from++) {
      sums[i]! +=
        rows[from]! + rows[from + size]! + (rows[from + 2 * size]! + rows[from + 3 * size]!);
    }
  }
  for (; at < rows.length; at += size) {
    for (let i = 0; i < size; i++) sums[i]! += rows[at + i]!;
  }
}

interface RowMap {
  readonly matrix: Float32Array;
  readonly scale: number;
  readonly mean?: Float64Array;
  readonly offset?: Float64Array;
}

/**
 * (row·scale − mean)·matrix + offset for each row, as float32, for a symmetric matrix. Bytes are multiplied exactly, by
 * the matrix in fixed point (`fixedPoint`). Of floats, 256 products at a time are added in float32, and these sums in
 * float64.
 */
export async function mapRows(
  {pixels, size, count, ...map}: Rows & RowMap,
  pool: ProductPool,
  tick?: Tick,
): Promise<Float32Array> {
  const operands = pixels instanceof Uint8Array ? wholeOperands(map, size) : floats(map, size);
  const step = chunkRowsOf(pixels);
  const results = new Float32Array(count * size);
  // One is filled while the other is copied.
  let [result, spare] = [0, 1].map(() => sharedFloats(Math.min(step, count) * size));
  let finished = {values: sharedFloats(0), at: 0};
  const room = roomFor(pixels, Math.min(step, count) * size);
  for (let row = 0; row < count; row += step) {
    const end = Math.min(row + step, count);
    const values = room.subarray(0, (end - row) * size);
    values.set(pixels.subarray(row * size, end * size));
    const computed = pool.compute({
      ...operands,
      left: {...operands.left, values, rowStride: size, depthStride: 1},
      rows: end - row,
      columns: size,
      depth: size,
      result: result!,
    });
    results.set(finished.values, finished.at);
    await computed;
    finished = {values: result!.subarray(0, (end - row) * size), at: row * size};
    [result, spare] = [spare, result];
    await tick?.(end);
  }
  results.set(finished.values, finished.at);
  return results;
}

/** Shared memory for a chunk of pixels: the threads of a pool keep what they have seen until they collect garbage. */
function roomFor(pixels: Pixels, length: number): Pixels {
  return shared(pixels.subarray(0, length));
}

/** What the products of all chunks have in common. */
type Operands = Pick<Product, 'right' | 'precision' | 'scale' | 'offset'> & {
  readonly left: Pick<Operand, 'scale' | 'mean'>;
};

/** (byte·scale − mean)·matrix is scale·(byte·matrix) − mean·matrix. */
function wholeOperands({matrix, scale, mean, offset}: RowMap, size: number): Operands {
  const {fixed, product} = fixedPoint(matrix, mean ?? new Float64Array(size));
  const shift = product.map((value, j) => (offset?.[j] ?? 0) - value);
  return {
    left: {},
    right: fixed,
    precision: 'whole',
    scale: scale * fixed.unit,
    offset: shift,
  };
}

function floats({matrix, scale, mean, offset}: RowMap, size: number): Operands {
  return {
    left: {scale, ...(mean && {mean})},
    right: {values: shared(matrix), rowStride: size, depthStride: 1},
    precision: 'single',
    ...(offset && {offset}),
  };
}
