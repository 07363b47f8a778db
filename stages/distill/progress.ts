import type {CheckpointState} from '../../src/contract/stage.ts';
import {decodeSafetensors, encodeSafetensors} from '../../src/container/safetensors.ts';
import {writeTable} from '../../src/learning/codecs/table-arrow.ts';
import {float32Tensor, type Tensor} from '../../src/container/tensor.ts';
import type {DistillationIteration} from '../../src/learning/distillation/distillation.ts';
import type {DistillationState} from '../../src/learning/distillation/distillation-state.ts';

/** What is kept of every iteration. */
const series = [
  'loss',
  'startEpoch',
  'trajectory',
  'stepSize',
  'firstStepLoss',
  'lastStepLoss',
  'imageGradientNorm',
  'stepSizeGradient',
  'relativeUpdate',
] as const;

/** The numbers of all iterations so far: part of every checkpoint, and in the end a table. */
export class DistillationLog {
  readonly #columns: Readonly<Record<(typeof series)[number], number[]>>;

  /** @param saved the checkpoint to go on from, if there is one */
  constructor(saved: CheckpointState | undefined) {
    const tensors = saved === undefined ? undefined : decode(saved).tensors;
    this.#columns = Object.fromEntries(
      series.map((name) => [
        name,
        Array.from((tensors?.get(`log.${name}`)?.data ?? []) as Float64Array),
      ]),
    ) as Record<(typeof series)[number], number[]>;
  }

  add(iteration: DistillationIteration): void {
    for (const name of series) this.#columns[name].push(iteration[name]);
  }

  /** The last iterations as lines, to see how it came to an end. */
  tail(count: number): readonly string[] {
    const rows = this.#columns.loss.length;
    const first = Math.max(0, rows - count);
    return Array.from({length: rows - first}, (_, i) =>
      [
        `iteration ${first + i + 1}:`,
        ...series.map(
          (name) => `${name} ${Number(this.#columns[name][first + i]!.toPrecision(6))}`,
        ),
      ].join(' '),
    );
  }

  get tensors(): readonly (readonly [string, Tensor])[] {
    return series.map((name) => {
      const data = Float64Array.from(this.#columns[name]);
      return [`log.${name}`, {dtype: 'F64', shape: [data.length], data}];
    });
  }

  /** A row an iteration. */
  async write(path: string): Promise<void> {
    const rows = this.#columns.loss.length;
    await writeTable(path, {
      iteration: Int32Array.from({length: rows}, (_, i) => i + 1),
      ...Object.fromEntries(series.map((name) => [name, Float64Array.from(this.#columns[name])])),
    });
  }
}

export function saveState(state: DistillationState, log: DistillationLog): CheckpointState {
  const {iteration, images, imageVelocity, stepSize, rho, rhoVelocity} = state;
  const scalars = Float64Array.of(iteration, stepSize, rho, rhoVelocity);
  const tensors = new Map<string, Tensor>([
    ['images', float32Tensor(images, [images.length])],
    ['imageVelocity', float32Tensor(imageVelocity, [imageVelocity.length])],
    ['scalars', {dtype: 'F64', shape: [4], data: scalars}],
    ...log.tensors,
  ]);
  return new Map([['distillation', encodeSafetensors(tensors)]]);
}

export function restoreState(saved: CheckpointState): DistillationState {
  const {tensors} = decode(saved);
  const [iteration, stepSize, rho, rhoVelocity] = tensors.get('scalars')!.data as Float64Array;
  return {
    iteration: iteration!,
    stepSize: stepSize!,
    rho: rho!,
    rhoVelocity: rhoVelocity!,
    images: tensors.get('images')!.data as Float32Array,
    imageVelocity: tensors.get('imageVelocity')!.data as Float32Array,
  };
}

function decode(saved: CheckpointState): ReturnType<typeof decodeSafetensors> {
  return decodeSafetensors(saved.get('distillation')!, 'checkpoint');
}
