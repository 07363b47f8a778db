import type {CarriedNumbers} from './carried.ts';
import {stepSizeForm, type StepSizeForm} from './step-size.ts';

/** The complete state between two iterations. */
export interface DistillationState extends StepSizeState {
  /** Number of iterations done. */
  readonly iteration: number;
  /** X [n, h, w, c], and the momentum buffer of its optimiser. */
  readonly images: Float32Array;
  readonly imageVelocity: Float32Array;
  /** See `Carried`. */
  readonly carried: CarriedNumbers;
}

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
