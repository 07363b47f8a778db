import {studentQuantile} from './student-t.ts';

/** Independent values, as far as their mean and its error depend on them. */
export interface Sample {
  readonly count: number;
  readonly mean: number;
  /** The sample variance: squared deviations from the mean, divided by count − 1. NaN for a single value. */
  readonly variance: number;
}

export interface Interval {
  readonly low: number;
  readonly high: number;
}

export function sampleOf(values: readonly number[]): Sample {
  const count = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return {count, mean, variance: squares / (count - 1)};
}

/** The standard error of a sample's mean. */
export function standardError({count, variance}: Sample): number {
  return Math.sqrt(variance / count);
}

/**
 * Student's confidence interval of the mean of a normal distribution.
 * @param confidence in (0, 1)
 * @returns `undefined` for fewer than two values
 */
export function meanInterval(sample: Sample, confidence: number): Interval | undefined {
  if (sample.count < 2) return undefined;
  return around(sample.mean, standardError(sample), {confidence, freedom: sample.count - 1});
}

/**
 * Welch's confidence interval of the difference of two means, a − b, whose distributions may have different variances.
 * @param confidence in (0, 1)
 * @returns `undefined` if either sample has fewer than two values
 */
export function differenceInterval(a: Sample, b: Sample, confidence: number): Interval | undefined {
  if (a.count < 2 || b.count < 2) return undefined;
  const error = Math.hypot(standardError(a), standardError(b));
  return around(a.mean - b.mean, error, {confidence, freedom: welchFreedom(a, b)});
}

/** The degrees of freedom of a difference of means, by Welch and Satterthwaite. NaN if neither sample varies. */
export function welchFreedom(a: Sample, b: Sample): number {
  const [first, second] = [a.variance / a.count, b.variance / b.count];
  return (first + second) ** 2 / (first ** 2 / (a.count - 1) + second ** 2 / (b.count - 1));
}

function around(
  centre: number,
  error: number,
  {confidence, freedom}: {readonly confidence: number; readonly freedom: number},
): Interval {
  const half = error === 0 ? 0 : error * studentQuantile(confidence, freedom);
  return {low: centre - half, high: centre + half};
}
