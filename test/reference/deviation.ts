/** One comparison with a reference number or list. */
export interface Deviation {
  readonly what: string;
  /** Largest difference relative to the scale of what was expected. */
  readonly error: number;
  readonly tolerance: number;
}

/**
 * @param found numbers, at least as many as expected: only the first ones are compared
 * @param scale what the difference is relative to: by default the largest expected number
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
    // A missing or non-finite number is infinitely wrong.
    worst = Number.isFinite(difference) ? Math.max(worst, difference) : Number.POSITIVE_INFINITY;
    largest = Math.max(largest, Math.abs(expected[i]!));
  }
  return {what, error: worst / (scale ?? (largest || 1)), tolerance};
}

/** √Σx² */
export function norm(x: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += x[i]! ** 2;
  return Math.sqrt(sum);
}
