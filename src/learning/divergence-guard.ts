import type {Ends} from './distance.ts';
import {DivergedError} from './diverged-error.ts';

/** Where an iteration stands: what a message about it says. */
export interface Circumstances {
  /** Counted from 1. */
  readonly iteration: number;
  readonly trajectory: number;
  readonly startEpoch: number;
  readonly stepSize: number;
}

/** Looks at what an iteration came to, in this order. Each throws a `DivergedError` that says what it was and what helps. */
export interface DivergenceGuard {
  /** An expert that did not move has no way that a student's could be measured by. */
  expert(ends: Ends): void;
  loss(loss: number): void;
  gradients(pixels: number, stepSize: number): void;
  /** @param norm ‖X‖ after the update */
  pixels(norm: number): void;
  /** @param stepSize α after the update @param gradient what moved it */
  stepSize(stepSize: number, gradient: number): void;
}

/** The guard of one iteration. */
export function guardOf(of: Circumstances): DivergenceGuard {
  const {iteration, trajectory, startEpoch, stepSize: used} = of;
  const fail = (what: string, became: number, {more = '', advice}: Reason): never => {
    throw new DivergedError(
      `${what} became ${became} in iteration ${iteration} (trajectory ${trajectory} from epoch ${startEpoch} on, step size ${used}${more}). ${advice}`,
    );
  };
  const smaller = 'A smaller pixelRate or stepSize helps, or a maxPixelGradient.';
  return {
    expert({start, target}) {
      if (start.some((value, i) => value !== target[i])) return;
      throw new DivergedError(
        `The expert of trajectory ${trajectory} did not move from epoch ${startEpoch} on (iteration ${iteration}): its parameters are the same to the bit where the student starts and where it should arrive. Experts must be trained with a larger learningRate, or stored with more precision.`,
      );
    },
    loss(loss) {
      if (!Number.isFinite(loss)) fail('The matching loss', loss, {advice: smaller});
    },
    gradients(pixels, stepSize) {
      if (!Number.isFinite(pixels)) {
        fail('The gradient of the matching loss in the pixels', pixels, {advice: smaller});
      }
      if (!Number.isFinite(stepSize)) {
        fail('The gradient of the matching loss in the step size', stepSize, {advice: smaller});
      }
    },
    pixels(norm) {
      if (!Number.isFinite(norm)) fail('The norm of the pixels', norm, {advice: smaller});
    },
    stepSize(stepSize, gradient) {
      if (stepSize > 0 && Number.isFinite(stepSize)) return;
      fail("The student's step size", stepSize, {
        more: `, its gradient ${gradient}`,
        advice:
          'A smaller stepSizeRate helps, or a maxStepSizeGradient; stepSizeForm: softplus keeps it positive.',
      });
    },
  };
}

interface Reason {
  readonly more?: string;
  readonly advice: string;
}
