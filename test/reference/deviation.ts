/** A comparison with a reference number or list. */
export interface Deviation {
  readonly what: string;
  /** The largest difference, relative to the scale of the expected numbers. */
  readonly error: number;
  readonly tolerance: number;
}

/**
 * Compares numbers with a reference.
 * @param found at least as many numbers as expected; only the first ones are compared
 * @param scale the magnitude that differences are relative to; by default the largest expected number
 */
export function deviation(
  what: string,
  found: ArrayLike<number>,
  expected: ArrayLike<number>,
  {tolerance, scale}: {readonly tolerance: number; readonly scale?: number},
): Deviation {
  let largest = 0;
  let worst = 0;
  for (let i = 0; i < expected.length; i++) {
    const difference = Math.abs(found[i]! - expected[i]!);
    // A missing or non-finite number counts as an infinite error.
    worst = Number.isFinite(difference) ? Math.max(worst, difference) : Number.POSITIVE_INFINITY;
    largest = Math.max(largest, Math.abs(expected[i]!));
  }
  return {what, error: worst / (scale ?? (largest || 1)), tolerance};
}

/** Gives √Σx². */
export function norm(x: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += x[i]! ** 2;
  return Math.sqrt(sum);
}
