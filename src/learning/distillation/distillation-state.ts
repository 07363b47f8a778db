import type {CarriedNumbers} from './carried.ts';
import {stepSizeForm, type StepSizeForm} from './step-size.ts';

/** The complete state between two iterations. */
export interface DistillationState extends StepSizeState, LearnedNumbers {
  /** Number of iterations done. */
  readonly iteration: number;
  /** See `Carried`. */
  readonly carried: CarriedNumbers;
}

/** The learned arrays, the momentum buffers of their optimisers, and the average. */
export interface LearnedNumbers {
  /** X [n, h, w, c] */
  readonly images: Float32Array;
  readonly imageVelocity: Float32Array;
  /** ℓ [n, classes]: the logits of soft labels. Absent: no labels are learned. */
  readonly labels?: Float32Array;
  readonly labelVelocity?: Float32Array;
  /** X̄ [n, h, w, c]: the running average of X. Absent: X is not averaged. */
  readonly average?: Float32Array;
}

/** The names of `LearnedNumbers`. */
export const learnedArrays = [
  'images',
  'imageVelocity',
  'labels',
  'labelVelocity',
  'average',
] as const satisfies readonly (keyof LearnedNumbers)[];

/**
 * α, and the number ρ that it is computed from. ρ is learned as the distance from its first value, since float32 would
 * round small steps of a large number away.
 */
export interface StepSizeState {
  readonly stepSize: number;
  /** ρ at the beginning. */
  readonly rho: number;
  /** The sum of its changes since, and the momentum buffer of its optimiser; both are float32. */
  readonly rhoShift: number;
  readonly rhoVelocity: number;
}

/** The initial state of a distillation: X, and an α > 0. */
export function initialDistillation(
  images: Float32Array,
  stepSize: number,
  form: StepSizeForm,
): DistillationState {
  const rho = stepSizeForm[form].rho(stepSize);
  const imageVelocity = new Float32Array(images.length);
  const ofStepSize = {stepSize, rho, rhoShift: 0, rhoVelocity: 0};
  return {iteration: 0, images, imageVelocity, carried: {}, ...ofStepSize};
}

/** The further parts of a state if labels are learned: ℓ at the beginning. */
export function initialLabels(
  labels: Float32Array,
): Pick<LearnedNumbers, 'labels' | 'labelVelocity'> {
  return {labels, labelVelocity: new Float32Array(labels.length)};
}
