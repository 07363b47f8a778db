import {writeTable} from '../../src/learning/codecs/table-arrow.ts';
import type {Precision} from '../../src/learning/codecs/trajectory.ts';
import type {EpochHistory} from '../../src/learning/data/trajectory.ts';
import type {ExpertEpoch} from '../../src/learning/training/expert.ts';

/** What is measured of every epoch. */
const series = ['trainLoss', 'trainAccuracy', 'testLoss', 'testAccuracy', 'stepNorm'] as const;

export type ExpertSeries = Readonly<Record<(typeof series)[number], number[]>>;

/** How much of an expert is kept, and how. */
export interface Retention {
  /** Snapshots, the one at the start included. */
  readonly snapshots: number;
  readonly precision: Precision;
}

/** What an `ExpertLog` has gathered. */
export interface ExpertLogState {
  readonly snapshots: Float32Array[];
  readonly series: ExpertSeries;
  /** θ after the last whole epoch. */
  readonly last: Float32Array;
}

/** An expert so far: the snapshots that will be stored, and what was measured after each epoch. */
export class ExpertLog {
  readonly retention: Retention;
  readonly #snapshots: Float32Array[];
  readonly #series: ExpertSeries;
  /** θ after the last whole epoch. */
  #last: Float32Array;

  constructor(retention: Retention, {snapshots, series, last}: ExpertLogState) {
    this.retention = retention;
    this.#snapshots = snapshots;
    this.#series = series;
    this.#last = last;
  }

  /** That of a new expert. @param theta before any training */
  static begin(retention: Retention, theta: Float32Array): ExpertLog {
    const series = {trainLoss: [], trainAccuracy: [], testLoss: [], testAccuracy: [], stepNorm: []};
    return new ExpertLog(retention, {snapshots: [theta], series, last: theta});
  }

  get snapshots(): readonly Float32Array[] {
    return this.#snapshots;
  }

  get history(): EpochHistory {
    const {trainLoss, trainAccuracy, testLoss, testAccuracy} = this.#series;
    return {trainLoss, trainAccuracy, testLoss, testAccuracy};
  }

  add({theta, train, test}: ExpertEpoch): void {
    this.#series.trainLoss.push(train.loss);
    this.#series.trainAccuracy.push(train.accuracy);
    this.#series.testLoss.push(test.loss);
    this.#series.testAccuracy.push(test.accuracy);
    this.#series.stepNorm.push(distance(theta, this.#last));
    this.#last = theta;
    if (this.#snapshots.length < this.retention.snapshots) this.#snapshots.push(theta);
  }

  /** All that another log needs to go on. */
  get state(): ExpertLogState {
    return {snapshots: this.#snapshots, series: this.#series, last: this.#last};
  }

  /** A row an epoch. */
  async write(path: string): Promise<void> {
    const epochs = this.#series.trainLoss.length;
    await writeTable(path, {
      epoch: Int32Array.from({length: epochs}, (_, i) => i + 1),
      ...Object.fromEntries(series.map((name) => [name, Float64Array.from(this.#series[name])])),
    });
  }
}

/** ‖a − b‖ */
function distance(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i]! - b[i]!) ** 2;
  return Math.sqrt(sum);
}
