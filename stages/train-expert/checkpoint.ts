import type {CheckpointState} from '../../src/contract/stage.ts';
import {decodeSafetensors, encodeSafetensors} from '../../src/formats/safetensors/safetensors.ts';
import {
  bytesOfElements,
  elementsOfBuffer,
  float32Tensor,
  type Tensor,
} from '../../src/formats/tensor.ts';
import type {Precision} from '../../src/learning/codecs/precision.ts';
import type {ExpertState} from '../../src/learning/training/expert.ts';
import {ExpertLog, type ExpertSeries, type Retention} from './metrics.ts';

/** The contents of a checkpoint beside its tensors. */
interface SavedNumbers {
  readonly series: Readonly<Record<keyof ExpertSeries, readonly (number | null)[]>>;
  readonly epoch: number;
  readonly within: ExpertState['within'];
  readonly precision: Precision;
}

/** The state of an expert, with the snapshots kept so far in their stored precision. */
export function saveExpert(state: ExpertState, log: ExpertLog): CheckpointState {
  const {snapshots, series, last} = log.state;
  const {precision} = log.retention;
  const files = snapshots.map(
    (data, i) => [`snapshot.${i}`, bytesOfElements({dtype: precision, data})] as const,
  );
  const {theta, statistics, velocity, epoch, within} = state;
  const tensors = new Map<string, Tensor>([['last', vector(last)]]);
  for (const [name, data] of Object.entries({theta, statistics, velocity})) {
    if (data !== undefined) tensors.set(name, vector(data));
  }
  const saved: SavedNumbers = {series, epoch, within, precision};
  const expert = encodeSafetensors(tensors, {numbers: JSON.stringify(saved)});
  return new Map([['expert', expert], ...files]);
}

/** The inverse of `saveExpert`. */
export function restoreExpert(
  saved: CheckpointState,
  retention: Retention,
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
    log: new ExpertLog(retention, {snapshots, series: withNaN(series), last: data('last')!}),
    state: {
      epoch,
      within,
      theta: data('theta')!,
      statistics: data('statistics'),
      velocity: data('velocity'),
    },
  };
}

/** JSON has null in the place of what is no number. */
function withNaN(series: SavedNumbers['series']): ExpertSeries {
  const entries = Object.entries(series).map(
    ([name, numbers]) => [name, numbers.map((number) => number ?? Number.NaN)] as const,
  );
  return Object.fromEntries(entries) as unknown as ExpertSeries;
}

function vector(data: Float32Array): Tensor {
  return float32Tensor(data, [data.length]);
}
