/** A histogram of numbers. */
export interface Histogram {
  readonly min: number;
  readonly max: number;
  readonly count: number;
  readonly sum: number;
  readonly sumSquares: number;
  /**
   * The upper limit of each bucket, ascending. The first bucket begins at `min`; a bucket excludes its limit, except
   * for the last one.
   */
  readonly limits: Float64Array;
  /** How many numbers are in each bucket. */
  readonly counts: Float64Array;
}

/** A histogram of an iteration's images. */
export interface LoggedHistogram extends Histogram {
  /** The number of updates before it. */
  readonly iteration: number;
  /** The official program's name for it, such as `Synthetic_Pixels`. */
  readonly name: string;
}

/** The default of W&B. */
const defaultBuckets = 64;

/**
 * The histogram of finite numbers in buckets of equal width from the smallest to the largest. If all are equal, the
 * buckets run from half below to half above, as in numpy. Throws a RangeError on no numbers.
 */
export function histogramOf(values: Float32Array, buckets = defaultBuckets): Histogram {
  if (values.length === 0) throw new RangeError('A histogram needs at least one number.');
  const {min, max, sum, sumSquares} = momentsOf(values);
  const [from, to] = min === max ? [min - 0.5, max + 0.5] : [min, max];
  const width = (to - from) / buckets;
  const counts = new Float64Array(buckets);
  for (const value of values) {
    counts[Math.min(buckets - 1, Math.floor((value - from) / width))]! += 1;
  }
  const limits = Float64Array.from({length: buckets}, (_, i) =>
    i === buckets - 1 ? to : from + (i + 1) * width,
  );
  return {min, max, count: values.length, sum, sumSquares, limits, counts};
}

function momentsOf(values: Float32Array): Pick<Histogram, 'min' | 'max' | 'sum' | 'sumSquares'> {
  let [min, max, sum, sumSquares] = [Infinity, -Infinity, 0, 0];
  for (const value of values) {
    min = Math.min(min, value);
    max = Math.max(max, value);
    sum += value;
    sumSquares += value * value;
  }
  return {min, max, sum, sumSquares};
}
