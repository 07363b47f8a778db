import {stepSizeForm, type StepSizeForm} from './step-size.ts';

/** All that an iteration hands on to the next. */
export interface DistillationState {
  /** Iterations done. */
  readonly iteration: number;
  /** X [n, h, w, c], and the momentum buffer of its optimiser. */
  readonly images: Float32Array;
  readonly imageVelocity: Float32Array;
  /** α */
  readonly stepSize: number;
  /** ρ, of which α is made, and the momentum buffer of its optimiser. */
  readonly rho: number;
  readonly rhoVelocity: number;
}

/** Where a distillation begins: X, and an α > 0. */
export function initialDistillation(
  images: Float32Array,
  stepSize: number,
  form: StepSizeForm,
): DistillationState {
  const rho = stepSizeForm[form].rho(stepSize);
  const imageVelocity = new Float32Array(images.length);
  return {iteration: 0, images, imageVelocity, stepSize, rho, rhoVelocity: 0};
}
