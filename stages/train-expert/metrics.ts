import {writeTable} from '../../src/learning/codecs/table-arrow.ts';
import type {Precision} from '../../src/learning/codecs/precision.ts';
import type {EpochHistory} from '../../src/learning/data/trajectory.ts';
import type {ExpertEpoch} from '../../src/learning/training/expert.ts';

/** The measurements of each epoch. */
const series = ['trainLoss', 'trainAccuracy', 'testLoss', 'testAccuracy', 'stepNorm'] as const;

export type ExpertSeries = Readonly<Record<(typeof series)[number], number[]>>;

/** The number and precision of an expert's snapshots that are kept. */
export interface Retention {
  /** Number of snapshots, the one at the start included. */
  readonly snapshots: number;
  readonly precision: Precision;
}

/** The contents of an `ExpertLog`. */
export interface ExpertLogState {
  readonly snapshots: Float32Array[];
  readonly series: ExpertSeries;
  /** θ after the last whole epoch. */
  readonly last: Float32Array;
}

/** The record of an expert: the snapshots that will be stored, and the measurements after each epoch. */
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

  /** The log of a new expert. @param theta before any training */
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

  /** The state from which another log can continue. */
  get state(): ExpertLogState {
    return {snapshots: this.#snapshots, series: this.#series, last: this.#last};
  }

  /** Writes one row per epoch. */
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
