import type {Matching} from '../../../src/learning/distillation/trajectories/matching.ts';
import type {Engine} from '../../../src/tensor/engine.ts';

/** A matching as numbers. */
export interface MatchingNumbers {
  readonly loss: number;
  /** ∂L/∂α */
  readonly alphaGradient: number;
  /** ∂L/∂X */
  readonly gradient: Float32Array;
  /** ∂L/∂y, if it was asked for. */
  readonly targetGradient?: Float32Array;
  readonly stepLosses: readonly number[];
}

/** Reads a matching, and disposes its tensors. */
export async function readMatching(engine: Engine, matching: Matching): Promise<MatchingNumbers> {
  const {loss, alpha, images, targets, stepLosses} = matching;
  const byTargets = targets && (await engine.read(targets));
  targets?.dispose();
  const tensors = [loss, alpha, images, ...stepLosses];
  const [[found], [byAlpha], gradient, ...losses] = (await Promise.all(
    tensors.map((tensor) => engine.read(tensor)),
  )) as [Float32Array, Float32Array, Float32Array, ...Float32Array[]];
  for (const tensor of tensors) tensor.dispose();
  return {
    loss: found!,
    alphaGradient: byAlpha!,
    gradient,
    ...(byTargets && {targetGradient: byTargets}),
    stepLosses: losses.map(([value]) => value!),
  };
}
