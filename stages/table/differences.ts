import {differenceInterval, type Interval, type Sample} from '../../src/learning/scores/samples.ts';

/** A difference of two accuracies, as a fraction. */
export interface Difference {
  readonly value: number;
  /** Absent: not asked for, or one of the two has fewer than two independent values. */
  readonly interval?: Interval;
}

interface Mean {
  readonly mean: number;
  readonly sample?: Sample;
}

/**
 * An accuracy minus another one; `undefined` if either is missing.
 * @param confidence of the interval, in percent; absent: no interval
 */
export function differenceOf(
  [measured, other]: readonly [Mean | undefined, Mean | undefined],
  confidence: number | undefined,
): Difference | undefined {
  if (measured === undefined || other === undefined) return undefined;
  const value = measured.mean - other.mean;
  if (confidence === undefined || !measured.sample || !other.sample) return {value};
  const interval = differenceInterval(measured.sample, other.sample, confidence / 100);
  return {value, ...(interval && {interval})};
}
