import type {CheckpointState} from '../../src/contract/stage.ts';
import {decodeSafetensors, encodeSafetensors} from '../../src/container/safetensors.ts';
import {
  bytesOfElements,
  elementsOfBuffer,
  float32Tensor,
  type Tensor,
} from '../../src/container/tensor.ts';
import {writeTable} from '../../src/learning/codecs/table-arrow.ts';
import type {Precision} from '../../src/learning/codecs/trajectory.ts';
import type {EpochHistory} from '../../src/learning/data/trajectory.ts';
import type {ExpertEpoch, ExpertState} from '../../src/learning/training/expert.ts';

/** What is measured of every epoch. */
const series = ['trainLoss', 'trainAccuracy', 'testLoss', 'testAccuracy', 'stepNorm'] as const;

type Series = Readonly<Record<(typeof series)[number], number[]>>;

/** How much of an expert is kept, and how. */
export interface Keeping {
  /** Snapshots, the one at the start included. */
  readonly snapshots: number;
  readonly precision: Precision;
}

/** An expert so far: the snapshots that will be stored, and what was measured after each epoch. */
export class ExpertLog {
  readonly #keeping: Keeping;
  readonly #snapshots: Float32Array[];
  readonly #series: Series;
  /** θ after the last whole epoch. */
  #last: Float32Array;

  constructor(keeping: Keeping, start: Float32Array, saved?: SavedLog) {
    this.#keeping = keeping;
    this.#snapshots = saved?.snapshots ?? [start];
    this.#series = saved?.series ?? {
      trainLoss: [],
      trainAccuracy: [],
      testLoss: [],
      testAccuracy: [],
      stepNorm: [],
    };
    this.#last = start;
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
    if (this.#snapshots.length < this.#keeping.snapshots) this.#snapshots.push(theta);
  }

  /** A checkpoint of it and of where the expert is. Snapshots are saved as they will be stored. */
  save(state: ExpertState): CheckpointState {
    const {precision} = this.#keeping;
    const files = this.#snapshots.map(
      (data, i) => [`snapshot.${i}`, bytesOfElements({dtype: precision, data})] as const,
    );
    const {theta, statistics, velocity, epoch, within} = state;
    const tensors = new Map<string, Tensor>([['last', vector(this.#last)]]);
    for (const [name, data] of Object.entries({theta, statistics, velocity})) {
      if (data !== undefined) tensors.set(name, vector(data));
    }
    const saved: SavedNumbers = {series: this.#series, epoch, within, precision};
    const expert = encodeSafetensors(tensors, {numbers: JSON.stringify(saved)});
    return new Map([['expert', expert], ...files]);
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

interface SavedLog {
  readonly snapshots: Float32Array[];
  readonly series: Series;
}

/** What a checkpoint holds beside tensors. */
interface SavedNumbers {
  readonly series: Series;
  readonly epoch: number;
  readonly within: ExpertState['within'];
  readonly precision: Precision;
}

/** What `ExpertLog.save` saved. */
export function restoreExpert(
  saved: CheckpointState,
  keeping: Keeping,
): {readonly log: ExpertLog; readonly state: ExpertState} {
  const {tensors, metadata} = decodeSafetensors(saved.get('expert')!, 'checkpoint');
  const {series, epoch, within, precision} = JSON.parse(metadata['numbers']!) as SavedNumbers;
  const snapshots: Float32Array[] = [];
  for (let i = 0; saved.has(`snapshot.${i}`); i++) {
    const bytes = saved.get(`snapshot.${i}`)!;
    snapshots.push(elementsOfBuffer(precision, bytes.slice().buffer) as Float32Array);
  }
  const data = (name: string): Float32Array | undefined =>
    tensors.get(name)?.data as Float32Array | undefined;
  return {
    log: new ExpertLog(keeping, data('last')!, {snapshots, series}),
    state: {
      epoch,
      within,
      theta: data('theta')!,
      statistics: data('statistics'),
      velocity: data('velocity'),
    },
  };
}

function vector(data: Float32Array): Tensor {
  return float32Tensor(data, [data.length]);
}

/** ‖a − b‖ */
function distance(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i]! - b[i]!) ** 2;
  return Math.sqrt(sum);
}
