import {doublesOf, type Numbers} from './numbers.ts';

/** Statistics of many numbers. */
export interface Statistics {
  /** Number of numbers, including those that are not finite. */
  readonly count: number;
  readonly nans: number;
  readonly infinities: number;
  /** Absent: none of the numbers is finite. */
  readonly finite?: {
    readonly min: number;
    readonly max: number;
    readonly mean: number;
    /** The population standard deviation: divided by the count. */
    readonly sd: number;
  };
}

/** Accumulates statistics, some numbers at a time, in double precision. */
export class StatisticsGatherer {
  #nans = 0;
  #infinities = 0;
  #finite = 0;
  #min = Infinity;
  #max = -Infinity;
  #mean = 0;
  /** The sum of the squared deviations from the mean. */
  #squares = 0;

  /**
   * Merges a chunk's own mean and squares with the previous ones, which loses less precision than one sum over all
   * numbers.
   */
  add(numbers: Numbers): void {
    const values = doublesOf(numbers);
    let count = 0;
    let sum = 0;
    for (const value of values) {
      if (!Number.isFinite(value)) {
        if (Number.isNaN(value)) this.#nans++;
        else this.#infinities++;
        continue;
      }
      count++;
      sum += value;
      if (value < this.#min) this.#min = value;
      if (value > this.#max) this.#max = value;
    }
    if (count === 0) return;
    const mean = sum / count;
    const squares = squaresAround(mean, values);
    const total = this.#finite + count;
    const shift = mean - this.#mean;
    this.#squares += squares + shift ** 2 * ((this.#finite * count) / total);
    this.#mean += (shift * count) / total;
    this.#finite = total;
  }

  get statistics(): Statistics {
    const [nans, infinities] = [this.#nans, this.#infinities];
    const count = this.#finite + nans + infinities;
    if (this.#finite === 0) return {count, nans, infinities};
    const sd = Math.sqrt(this.#squares / this.#finite);
    const finite = {min: this.#min, max: this.#max, mean: this.#mean, sd};
    return {count, nans, infinities, finite};
  }
}

function squaresAround(mean: number, values: Float64Array): number {
  let squares = 0;
  for (const value of values) {
    const distance = value - mean;
    if (Number.isFinite(distance)) squares += distance * distance;
  }
  return squares;
}
