import type {CheckpointState} from '../../../src/contract/stage.ts';
import {
  decodeSafetensors,
  encodeSafetensors,
} from '../../../src/formats/safetensors/safetensors.ts';
import {float32Tensor, type Tensor} from '../../../src/formats/tensor.ts';
import type {CarriedNumbers} from '../../../src/learning/distillation/carried.ts';
import {
  learnedArrays,
  type DistillationState,
  type LearnedNumbers,
} from '../../../src/learning/distillation/distillation-state.ts';

/** The part of a `DistillationLog` that is saved with a state. */
interface SavedLog {
  readonly tensors: readonly (readonly [string, Tensor])[];
}

/** The complete state of a distillation, as a checkpoint. */
export function saveState(state: DistillationState, log: SavedLog): CheckpointState {
  return new Map([['distillation', encodeSafetensors(tensorsOf(state, log))]]);
}

/** The complete state of a distillation, as the tensors of a file. */
export function tensorsOf(state: DistillationState, log: SavedLog): ReadonlyMap<string, Tensor> {
  const {iteration, stepSize, rho, rhoShift, rhoVelocity, carried} = state;
  const scalars = Float64Array.of(iteration, stepSize, rho, rhoShift, rhoVelocity);
  return new Map<string, Tensor>([
    ...learnedArrays.flatMap((name): readonly (readonly [string, Tensor])[] => {
      const numbers = state[name];
      return numbers === undefined ? [] : [[name, float32Tensor(numbers, [numbers.length])]];
    }),
    ['scalars', {dtype: 'F64', shape: [scalars.length], data: scalars}],
    ...Object.entries(carried).map(
      ([name, {numbers, shape}]) => [carriedPrefix + name, float32Tensor(numbers, shape)] as const,
    ),
    ...log.tensors,
  ]);
}

/** The inverse of `saveState`; a `DistillationLog` restores itself. */
export function restoreState(saved: CheckpointState): DistillationState {
  return stateOf(decodeCheckpoint(saved));
}

/** The tensors of a checkpoint, the log's among them. */
export function decodeCheckpoint(saved: CheckpointState): ReadonlyMap<string, Tensor> {
  return decodeSafetensors(saved.get('distillation')!, 'checkpoint').tensors;
}

/** The inverse of `tensorsOf`. */
export function stateOf(tensors: ReadonlyMap<string, Tensor>): DistillationState {
  const scalars = tensors.get('scalars')!.data as Float64Array;
  const [iteration, stepSize, rho, rhoShift, rhoVelocity] = scalars;
  return {
    iteration: iteration!,
    stepSize: stepSize!,
    rho: rho!,
    rhoShift: rhoShift!,
    rhoVelocity: rhoVelocity!,
    ...learnedOf(tensors),
    carried: carriedOf(tensors),
  };
}

function learnedOf(tensors: ReadonlyMap<string, Tensor>): LearnedNumbers {
  const found = learnedArrays.filter((name) => tensors.has(name));
  const arrays = found.map((name) => [name, tensors.get(name)!.data]);
  return Object.fromEntries(arrays) as LearnedNumbers;
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
