/**
 * Arithmetic of whole numbers within programs: of rows, columns and labels. Programs have no counter of their own, so a
 * counter is among their inputs. All results up to `maxIndex` are exact.
 */
import type {Value} from '../tensor/value.ts';
import * as ops from '../tensor/ops.ts';

/** Float32 represents whole numbers exactly up to here. */
export const maxIndex = 2 ** 24;

/** 0, 1, 2, … */
export function counter(size: number): Float32Array {
  return Float32Array.from({length: size}, (_, i) => i);
}

/** 1 where first ≤ x ≤ last, and 0 elsewhere. */
export function between(x: Value, first: Value, last: Value): Value {
  return ops.multiply(isAtLeast(x, first), isAtLeast(last, x));
}

/** The remainder of x by `size`, for 0 ≤ x < 2·size. */
export function wrapped(x: Value, size: number): Value {
  return ops.subtract(x, ops.multiply(ops.heaviside(ops.subtract(x, size - 0.5)), size));
}

/** 1 where a ≥ b, and 0 elsewhere. */
export function isAtLeast(a: Value, b: Value | number): Value {
  return ops.heaviside(ops.add(ops.subtract(a, b), 0.5));
}
