import type {Operand, Range} from './pack.ts';
import type {FixedPoint, Strips} from './packed-right.ts';
import type {Precision} from './tile-kernel.ts';

/**
 * result[i, j] = scale·Σₖ left[i, k]·right[j, k] + offset[j], plus `diagonal` where i = j; or this added to the
 * result's old numbers. Each element's sum has a fixed order, whichever thread computes it: blocks of `depthBlock` in
 * the given precision, and these in float64. Operands of whole numbers are bytes, or packed digits on the right.
 */
export interface Product extends Partial<Settings> {
  readonly left: Operand;
  readonly right: Operand | FixedPoint;
  readonly rows: number;
  readonly columns: number;
  /** At least 1. */
  readonly depth: number;
  readonly precision: Precision;
  readonly result: Float32Array | Float64Array;
}

interface Settings {
  /** The result is symmetric: only the upper half is computed. Default: false. */
  readonly isSymmetric: boolean;
  /** The lower half of a symmetric result is left as it is. Default: false. */
  readonly isUpper: boolean;
  /** From one row of the result to the next. Default: the number of columns. */
  readonly resultStride: number;
  /** Default: 1. */
  readonly scale: number;
  /** A number for each column. Default: zeros. */
  readonly offset: Float64Array;
  /** Default: 0. */
  readonly diagonal: number;
  /** Default: false. */
  readonly isAdded: boolean;
}

/** A product without its right operand, and with a value for every setting. */
export type Computation = Omit<Product, 'right' | keyof Settings> & Settings;

export function computationOf(product: Product): Computation {
  const {right: _, ...rest} = product;
  return {
    isSymmetric: false,
    isUpper: false,
    resultStride: product.columns,
    scale: 1,
    offset: new Float64Array(product.columns),
    diagonal: 0,
    isAdded: false,
    ...rest,
  };
}

/** A part of a product: columns and rows from multiples of `columnBlock` on, and at most `mostRows` rows. */
export interface Part {
  readonly product: Computation;
  readonly rows: Range;
  readonly columns: Range;
  /** The strips that the right operand has in these columns, if it is in fixed point. */
  readonly strips?: PackedStrips;
}

/** Strips, and the address of their high digits. */
export interface PackedStrips extends Strips {
  readonly highAt: number;
}
