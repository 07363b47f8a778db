import {stepSizeForm, type StepSizeForm} from './step-size.ts';

/** The complete state between two iterations. */
export interface DistillationState {
  /** Number of iterations done. */
  readonly iteration: number;
  /** X [n, h, w, c], and the momentum buffer of its optimiser. */
  readonly images: Float32Array;
  readonly imageVelocity: Float32Array;
  /** α */
  readonly stepSize: number;
  /** ρ, from which α is computed, and the momentum buffer of its optimiser. */
  readonly rho: number;
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
  return {iteration: 0, images, imageVelocity, stepSize, rho, rhoVelocity: 0};
}
