import type {Engine, Tensor} from '../../tensor/engine.ts';
import type {Shape} from '../../tensor/shape.ts';
import {learnedArrays, type DistillationState, type LearnedNumbers} from './distillation-state.ts';

/** X, X̄, ℓ, α and their optimisers, on the engine: see `DistillationState`. Scalars are []. */
export type LearnedTensors = Readonly<
  Record<'images' | 'imageVelocity' | 'stepSize' | 'rhoShift' | 'rhoVelocity', Tensor> &
    Partial<Record<'labels' | 'labelVelocity' | 'average', Tensor>>
>;

/**
 * All that is learned of a state, on the engine.
 *
 * @param shape that of X
 * @param count the number of soft labels; by default one for each image of X
 */
export function uploadLearned(
  engine: Engine,
  state: DistillationState,
  shape: Shape,
  count: number = shape[0]!,
): LearnedTensors {
  const scalar = (value: number): Tensor => engine.upload(Float32Array.of(value), []);
  const rows = (numbers: Float32Array): Tensor =>
    engine.upload(numbers, [count, numbers.length / count]);
  const {labels, labelVelocity, average} = state;
  return {
    images: engine.upload(state.images, shape),
    imageVelocity: engine.upload(state.imageVelocity, shape),
    stepSize: scalar(state.stepSize),
    rhoShift: scalar(state.rhoShift),
    rhoVelocity: scalar(state.rhoVelocity),
    ...(labels && {labels: rows(labels)}),
    ...(labelVelocity && {labelVelocity: rows(labelVelocity)}),
    ...(average && {average: engine.upload(average, shape)}),
  };
}

/** The learned arrays as numbers. Waits for the engine. */
export async function readLearned(
  engine: Engine,
  learned: LearnedTensors,
): Promise<LearnedNumbers> {
  const read = learnedArrays.map(async (name) => {
    const tensor = learned[name];
    return tensor === undefined ? [] : [[name, await engine.read(tensor)]];
  });
  return Object.fromEntries((await Promise.all(read)).flat()) as LearnedNumbers;
}

export function disposeLearned(learned: LearnedTensors): void {
  for (const tensor of Object.values<Tensor>(learned)) tensor.dispose();
}
