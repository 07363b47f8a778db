import {IllConditioned} from './positive-matrix.ts';
import type {ProductPool} from './products/product-pool.ts';
import type {Product} from './products/product.ts';
import {sharedDoubles} from './products/shared-arrays.ts';

/**
 * Replaces a symmetric matrix [size, size] > 0 in shared memory by its inverse, in float64:
 *   U = A₂₁·A₁₁⁻¹,  S = A₂₂ − U·A₁₂,  B₂₂ = S⁻¹,  B₂₁ = −S⁻¹·U,  B₁₁ = A₁₁⁻¹ − Uᵀ·B₂₁
 * for halves of rows and columns, and so on for A₁₁ and S: size³/2 multiply-adds, almost all of them in large products.
 */
export class Inverter {
  readonly #size: number;
  readonly #pool: ProductPool;
  readonly #spare: Float64Array;

  constructor(size: number, pool: ProductPool) {
    this.#size = size;
    this.#pool = pool;
    // size²/4 for U, and as much for each half of S.
    this.#spare = sharedDoubles(Math.ceil(size ** 2 / 3));
  }

  /** @throws IllConditioned */
  async invert(values: Float64Array): Promise<void> {
    await this.#invert({values, size: this.#size}, this.#spare);
  }

  async #invert({values, size}: Part, spare: Float64Array): Promise<void> {
    if (size <= smallest) {
      invertSmall(values, size, this.#size);
      return;
    }
    const stride = this.#size;
    const first = Math.ceil(size / 2 / smallest) * smallest;
    const second = size - first;
    const below = values.subarray(first * stride);
    const corner = values.subarray(first * stride + first);
    const u = spare.subarray(0, first * second);
    await this.#invert({values, size: first}, spare);
    await this.#pool.compute({
      ...product(second, first, first),
      left: rows(below, stride),
      right: rows(values, stride),
      result: u,
    });
    await this.#pool.compute({
      ...product(second, second, first),
      left: rows(u, first),
      right: rows(below, stride),
      ...subtractedFrom(corner, stride),
    });
    await this.#invert({values: corner, size: second}, spare.subarray(u.length));
    await this.#pool.compute({
      ...product(second, first, second),
      left: rows(corner, stride),
      right: columns(u, first),
      scale: -1,
      result: below,
      resultStride: stride,
    });
    await this.#pool.compute({
      ...product(first, first, second),
      left: columns(u, first),
      right: columns(below, stride),
      ...subtractedFrom(values, stride),
    });
    transpose(below, values.subarray(first), {rows: second, columns: first, stride});
  }
}

/** A square on the diagonal of the matrix: the numbers from its first one on. */
interface Part {
  readonly values: Float64Array;
  readonly size: number;
}

/** The size of parts that are inverted number by number. */
const smallest = 64;

function product(
  rows: number,
  columns: number,
  depth: number,
): Pick<Product, 'rows' | 'columns' | 'depth' | 'precision'> {
  return {rows, columns, depth, precision: 'double'};
}

function subtractedFrom(
  result: Float64Array,
  resultStride: number,
): Pick<Product, 'result' | 'resultStride' | 'scale' | 'isSymmetric' | 'isAdded'> {
  return {result, resultStride, scale: -1, isSymmetric: true, isAdded: true};
}

function rows(values: Float64Array, stride: number): Product['left'] {
  return {values, rowStride: stride, depthStride: 1};
}

function columns(values: Float64Array, stride: number): Product['left'] {
  return {values, rowStride: 1, depthStride: stride};
}

/** Gauss and Jordan's elimination in place, without pivoting, which positive matrices do not need. */
function invertSmall(values: Float64Array, size: number, stride: number): void {
  for (let p = 0; p < size; p++) {
    const pivot = values[p * stride + p]!;
    if (!(pivot > 0))
      throw new IllConditioned('rounding errors are larger than the smallest eigenvalues');
    const pivotRow = values.subarray(p * stride, p * stride + size);
    pivotRow[p] = 1;
    for (let j = 0; j < size; j++) pivotRow[j]! /= pivot;
    for (let i = 0; i < size; i++) {
      if (i === p) continue;
      const row = values.subarray(i * stride, i * stride + size);
      const factor = row[p]!;
      row[p] = 0;
      for (let j = 0; j < size; j++) row[j]! -= factor * pivotRow[j]!;
    }
  }
}

/** Rows and columns that are copied at a time, so that the lines of both sides stay in the cache. */
const square = 16;

function transpose(
  from: Float64Array,
  to: Float64Array,
  extent: {readonly rows: number; readonly columns: number; readonly stride: number},
): void {
  const {stride} = extent;
  for (let row = 0; row < extent.rows; row += square) {
    const end = Math.min(row + square, extent.rows);
    for (let j = 0; j < extent.columns; j++) {
      for (let i = row; i < end; i++) to[j * stride + i] = from[i * stride + j]!;
    }
  }
}
