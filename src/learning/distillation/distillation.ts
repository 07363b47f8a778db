/**
 * Distillation: SGD with momentum moves synthetic images X, and the step size α of networks that train on them, down
 * the gradient of an `Objective`.
 *
 * Symbols: η_x `pixelRate`, η_α `stepSizeRate`.
 */
import type {Engine, Tensor} from '../../tensor/engine.ts';
import type {Shape} from '../../tensor/shape.ts';
import {Random} from '../random.ts';
import {sgdOfNumbers} from '../training/sgd.ts';
import type {DistillationState} from './distillation-state.ts';
import {guardOf} from './divergence-guard.ts';
import type {Objective} from './objective.ts';
import {
  createPixelUpdater,
  type Pixels,
  type PixelUpdate,
  type PixelUpdater,
} from './pixel-update.ts';
import {stepSizeForm, type StepSizeForm} from './step-size.ts';

export interface DistillationSetup {
  /** The objective that is minimised. `distill` takes it over and disposes it in the end. */
  readonly objective: Objective;
  /** The shape of X: [n, H, W, c]. */
  readonly shape: Shape;
  /** Number of updates of X and α. */
  readonly iterations: number;
  /** η_x */
  readonly pixelRate: number;
  /** η_α; 0 keeps α constant. */
  readonly stepSizeRate: number;
  readonly stepSizeForm: StepSizeForm;
  /** Momentum of both optimisers. */
  readonly momentum: number;
  /** Upper limit of ‖∂L/∂X‖: a larger gradient is scaled down to it. */
  readonly maxPixelGradient?: number | undefined;
  /** Upper limit of |∂L/∂α|, likewise. */
  readonly maxStepSizeGradient?: number | undefined;
  readonly seed: number;
}

/** The measurements of one iteration, from before its update. */
export interface DistillationIteration {
  /** Number of iterations done, this one included. */
  readonly iteration: number;
  /** All measurements by name, of the objective and of the loop. */
  readonly numbers: LoopNumbers & Readonly<Record<string, number>>;
  /** The state that the next iteration starts from. Waits for the engine: ask only when it is needed. */
  state(): Promise<DistillationState>;
}

/** The loop's own measurements, for every objective. */
export interface LoopNumbers {
  readonly loss: number;
  readonly stepSize: number;
  /** ‖∂L/∂X‖ before the limit is applied. */
  readonly imageGradientNorm: number;
  /** ∂L/∂α before the limit is applied; absent if the loss does not depend on α. */
  readonly stepSizeGradient?: number;
  /** ‖change of X‖ / ‖X‖; 1 if X was 0 and has changed */
  readonly relativeUpdate: number;
}

/**
 * Distils from `state` on and yields after every update. Throws a `DivergedError` that names the iteration and the
 * number that diverged: the loss, a gradient, the pixels or the step size.
 */
export async function* distill(
  engine: Engine,
  setup: DistillationSetup,
  state: DistillationState,
): AsyncGenerator<DistillationIteration> {
  const outer = new OuterLoop(engine, setup, state);
  try {
    for (let iteration = state.iteration; iteration < setup.iterations; iteration++) {
      yield await outer.iterate(iteration);
    }
  } finally {
    outer.dispose();
    setup.objective.dispose?.();
  }
}

/** X, α and their optimisers. */
class OuterLoop {
  readonly #engine: Engine;
  readonly #setup: DistillationSetup;
  readonly #updater: PixelUpdater;
  #pixels: Pixels;
  #stepSize: number;
  #rho: number;
  #rhoVelocity: number;

  constructor(engine: Engine, setup: DistillationSetup, state: DistillationState) {
    const {shape} = setup;
    this.#engine = engine;
    this.#setup = setup;
    this.#updater = createPixelUpdater(engine, shape, setup);
    this.#pixels = {
      images: engine.upload(state.images, shape),
      velocity: engine.upload(state.imageVelocity, shape),
    };
    this.#stepSize = state.stepSize;
    this.#rho = state.rho;
    this.#rhoVelocity = state.rhoVelocity;
  }

  dispose(): void {
    this.#pixels.images.dispose();
    this.#pixels.velocity.dispose();
  }

  /** @param iteration counted from 0 */
  async iterate(iteration: number): Promise<DistillationIteration> {
    const random = new Random(this.#setup.seed, 'iteration', iteration);
    const learned = {images: this.#pixels.images, stepSize: this.#stepSize};
    const evaluated = await this.#setup.objective.evaluate(learned, {iteration, random});
    const {loss, gradients, numbers, about} = evaluated;
    const {stepSize} = learned;
    const guard = guardOf({iteration: iteration + 1, stepSize, about});
    try {
      guard.loss(loss);
      const imageGradientNorm = await this.#updater.norm(gradients.images);
      guard.gradients(imageGradientNorm, gradients.stepSize);
      const {moved, before, after} = await this.#movePixels(gradients.images, imageGradientNorm);
      guard.pixels(after);
      if (gradients.stepSize !== undefined) {
        this.#moveStepSize(gradients.stepSize);
        guard.stepSize(this.#stepSize, gradients.stepSize);
      }
      return {
        iteration: iteration + 1,
        numbers: {
          ...numbers,
          loss,
          stepSize,
          imageGradientNorm,
          ...(gradients.stepSize !== undefined && {stepSizeGradient: gradients.stepSize}),
          relativeUpdate: moved === 0 ? 0 : moved / (before || after),
        },
        state: () => this.#state(iteration + 1),
      };
    } finally {
      gradients.images.dispose();
    }
  }

  async #movePixels(byPixels: Tensor, norm: number): Promise<PixelUpdate> {
    const scale = limit(norm, this.#setup.maxPixelGradient);
    const update = await this.#updater.update(this.#pixels, byPixels, scale);
    this.dispose();
    this.#pixels = update;
    return update;
  }

  /** dL/dρ = dL/dα · dα/dρ */
  #moveStepSize(byAlpha: number): void {
    const {momentum, stepSizeRate, maxStepSizeGradient} = this.#setup;
    if (stepSizeRate === 0) return;
    const form = stepSizeForm[this.#setup.stepSizeForm];
    const limited = byAlpha * limit(Math.abs(byAlpha), maxStepSizeGradient);
    const gradient = limited * form.slope(this.#rho);
    const of = {value: this.#rho, velocity: this.#rhoVelocity, gradient};
    const {value, velocity} = sgdOfNumbers(of, {momentum, rate: stepSizeRate});
    this.#rho = value;
    this.#rhoVelocity = velocity;
    this.#stepSize = form.alpha(value);
  }

  async #state(iteration: number): Promise<DistillationState> {
    return {
      iteration,
      images: await this.#engine.read(this.#pixels.images),
      imageVelocity: await this.#engine.read(this.#pixels.velocity),
      stepSize: this.#stepSize,
      rho: this.#rho,
      rhoVelocity: this.#rhoVelocity,
    };
  }
}

/** The factor that scales a gradient of this norm down to at most `max`. */
function limit(norm: number, max = Infinity): number {
  return norm > max ? max / norm : 1;
}
