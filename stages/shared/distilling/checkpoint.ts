import type {CheckpointState} from '../../../src/contract/stage.ts';
import {
  decodeSafetensors,
  encodeSafetensors,
} from '../../../src/formats/safetensors/safetensors.ts';
import {float32Tensor, type Tensor} from '../../../src/formats/tensor.ts';
import type {CarriedNumbers} from '../../../src/learning/distillation/carried.ts';
import type {DistillationState} from '../../../src/learning/distillation/distillation-state.ts';

/** The complete state of a distillation, as a checkpoint. */
export function saveState(
  state: DistillationState,
  log: {readonly tensors: readonly (readonly [string, Tensor])[]},
): CheckpointState {
  const {iteration, images, imageVelocity, carried, ...stepSizeState} = state;
  const {stepSize, rho, rhoShift, rhoVelocity} = stepSizeState;
  const scalars = Float64Array.of(iteration, stepSize, rho, rhoShift, rhoVelocity);
  const tensors = new Map<string, Tensor>([
    ['images', float32Tensor(images, [images.length])],
    ['imageVelocity', float32Tensor(imageVelocity, [imageVelocity.length])],
    ['scalars', {dtype: 'F64', shape: [scalars.length], data: scalars}],
    ...Object.entries(carried).map(
      ([name, {numbers, shape}]) => [carriedPrefix + name, float32Tensor(numbers, shape)] as const,
    ),
    ...log.tensors,
  ]);
  return new Map([['distillation', encodeSafetensors(tensors)]]);
}

/** The inverse of `saveState`; a `DistillationLog` restores itself. */
export function restoreState(saved: CheckpointState): DistillationState {
  const tensors = decodeCheckpoint(saved);
  const scalars = tensors.get('scalars')!.data as Float64Array;
  const [iteration, stepSize, rho, rhoShift, rhoVelocity] = scalars;
  return {
    iteration: iteration!,
    stepSize: stepSize!,
    rho: rho!,
    rhoShift: rhoShift!,
    rhoVelocity: rhoVelocity!,
    images: tensors.get('images')!.data as Float32Array,
    imageVelocity: tensors.get('imageVelocity')!.data as Float32Array,
    carried: carriedOf(tensors),
  };
}

/** Begins the names of tensors that an objective carries on. */
const carriedPrefix = 'carried.';

function carriedOf(tensors: ReadonlyMap<string, Tensor>): CarriedNumbers {
  const found = [...tensors].filter(([name]) => name.startsWith(carriedPrefix));
  return Object.fromEntries(
    found.map(([name, {data, shape}]) => [
      name.slice(carriedPrefix.length),
      {numbers: data as Float32Array, shape},
    ]),
  );
}

/** The tensors of a checkpoint, the log's among them. */
export function decodeCheckpoint(saved: CheckpointState): ReadonlyMap<string, Tensor> {
  return decodeSafetensors(saved.get('distillation')!, 'checkpoint').tensors;
}
