import {DivergedError} from '../diverged-error.ts';

/** The position of an iteration, for messages about it. */
export interface Circumstances {
  /** Counted from 1. */
  readonly iteration: number;
  readonly stepSize: number;
  /** See `Evaluation.about`. */
  readonly about: string | undefined;
}

/**
 * Checks the results of an iteration, in this order. Each check throws a `DivergedError` that names the number and says
 * what helps.
 */
export interface DivergenceGuard {
  loss(loss: number): void;
  /** @param stepSize absent if the loss does not depend on it */
  gradients(pixels: number, stepSize: number | undefined): void;
  /** @param norm ‖X‖ after the update */
  pixels(norm: number): void;
  labels(norms: LabelNorms): void;
  /** @param stepSize α after the update @param gradient the gradient that moved it */
  stepSize(stepSize: number, gradient: number): void;
}

/** ‖∂L/∂ℓ‖, and ‖ℓ‖ after the update. */
export interface LabelNorms {
  readonly gradient: number;
  readonly logits: number;
}

/** The guard of one iteration. */
export function guardOf(of: Circumstances): DivergenceGuard {
  const {iteration, stepSize: used, about} = of;
  const where = about === undefined ? '' : `${about}, `;
  const fail = (what: string, became: number, {more = '', advice}: Reason): never => {
    throw new DivergedError(
      `${what} became ${shown(became)} in iteration ${iteration} (${where}step size ${shown(used)}${more}). ${advice}`,
    );
  };
  const smaller = 'A smaller pixelRate or stepSize helps, or a maxPixelGradient.';
  return {
    loss(loss) {
      if (!Number.isFinite(loss)) fail('The loss', loss, {advice: smaller});
    },
    gradients(pixels, stepSize) {
      if (!Number.isFinite(pixels)) {
        fail('The gradient of the loss in the pixels', pixels, {advice: smaller});
      }
      if (stepSize !== undefined && !Number.isFinite(stepSize)) {
        fail('The gradient of the loss in the step size', stepSize, {advice: smaller});
      }
    },
    pixels(norm) {
      if (!Number.isFinite(norm)) fail('The norm of the pixels', norm, {advice: smaller});
    },
    labels({gradient, logits}) {
      const advice = 'A smaller labelRate helps.';
      if (!Number.isFinite(gradient)) {
        fail('The gradient of the loss in the labels', gradient, {advice: smaller});
      }
      if (!Number.isFinite(logits)) fail("The norm of the labels' logits", logits, {advice});
    },
    stepSize(stepSize, gradient) {
      if (stepSize > 0 && Number.isFinite(stepSize)) return;
      fail("The student's step size", stepSize, {
        more: `, its gradient ${shown(gradient)}`,
        advice:
          'A smaller stepSizeRate helps, or a maxStepSizeGradient; stepSizeForm: softplus keeps it positive.',
      });
    },
  };
}

/** A number with as many digits as a reader needs: `0.0006101`, `NaN`. */
function shown(value: number): string {
  return String(Number(value.toPrecision(4)));
}

interface Reason {
  readonly more?: string;
  readonly advice: string;
}
