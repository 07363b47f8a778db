/**
 * Distillation by matching training trajectories (Cazenavette et al. 2022): synthetic pixels X and the student's step
 * size α are moved, by SGD with momentum, down the gradient of the matching loss through all N student steps.
 *
 * Symbols: N `steps`, M `expertEpochs`, T⁺ `maxStartEpoch` (exclusive), |b| `batch`, η_x `pixelRate`, η_α `stepSizeRate`.
 */
import type {Engine, Tensor} from '../tensor/engine.ts';
import {canvasShape} from './canvas.ts';
import type {Distance, Ends} from './distance.ts';
import type {DistillationState} from './distillation-state.ts';
import {guardOf} from './divergence-guard.ts';
import {matchTrajectory, type Matching} from './matching.ts';
import {
  createPixelUpdater,
  type Pixels,
  type PixelUpdate,
  type PixelUpdater,
} from './pixel-update.ts';
import {Random} from './random.ts';
import {trajectoryAt, type Sampling} from './sampling.ts';
import {stepSizeForm, type StepSizeForm} from './step-size.ts';
import {createStudent, type GradientKind, type Student} from './student.ts';
import {unrollSteps, type StepOptions} from './unrolled-steps.ts';

export interface DistillationSetup extends StepOptions {
  readonly trajectories: TrajectorySource;
  /** Updates of X and α. */
  readonly iterations: number;
  /** M: how many expert epochs the student is to cover. */
  readonly expertEpochs: number;
  /** T⁺: the student starts at an expert's epoch below this. */
  readonly maxStartEpoch: number;
  readonly sampling: Sampling;
  /** What is lowered. Absent: the distance of parameters, over all of them. */
  readonly distance?: Distance | undefined;
  readonly gradient: GradientKind;
  /** η_x */
  readonly pixelRate: number;
  /** η_α; 0 keeps α as it is. */
  readonly stepSizeRate: number;
  readonly stepSizeForm: StepSizeForm;
  /** Of both optimisers. */
  readonly momentum: number;
  /** ‖∂L/∂X‖ is scaled down to this where it is larger. */
  readonly maxPixelGradient?: number | undefined;
  /** |∂L/∂α| likewise. */
  readonly maxStepSizeGradient?: number | undefined;
  readonly seed: number;
}

/** Experts, a snapshot at a time. */
export interface TrajectorySource {
  /** How many trajectories each file holds; they are numbered through. */
  readonly shards: readonly number[];
  /** θ* of a trajectory after an epoch, 0 being its initialisation [D]. */
  snapshot(trajectory: number, epoch: number): Promise<Float32Array>;
}

/** What was seen in one iteration; its numbers are from before the update. */
export interface DistillationIteration {
  /** Iterations done, this one included. */
  readonly iteration: number;
  /** The matching loss; 1 is a student that did not move. */
  readonly loss: number;
  readonly trajectory: number;
  readonly startEpoch: number;
  readonly stepSize: number;
  /** Cross-entropy of the student before its first and before its last step. */
  readonly firstStepLoss: number;
  readonly lastStepLoss: number;
  /** ‖∂L/∂X‖ and ∂L/∂α, before they are limited. */
  readonly imageGradientNorm: number;
  readonly stepSizeGradient: number;
  /** ‖what X was moved by‖ / ‖X‖; 1 where X was 0 and was moved */
  readonly relativeUpdate: number;
  /** What the next iteration starts from. Waits for the engine: ask only when it is needed. */
  state(): Promise<DistillationState>;
}

/**
 * Distils from `state` on, yielding after every update. Throws a `DivergedError` that names the iteration and what it
 * was that is not usable: the loss, a gradient, the pixels or the step size.
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
  }
}

/** X, α and their optimisers. */
class OuterLoop {
  readonly #engine: Engine;
  readonly #setup: DistillationSetup;
  readonly #student: Student;
  readonly #unroll: ReturnType<typeof unrollSteps>;
  readonly #updater: PixelUpdater;
  #pixels: Pixels;
  #stepSize: number;
  #rho: number;
  #rhoVelocity: number;

  constructor(engine: Engine, setup: DistillationSetup, state: DistillationState) {
    const {model, labels, canvas} = setup;
    const {height, width, channels} = canvasShape(model.input, canvas);
    const shape = [labels.length, height, width, channels];
    this.#engine = engine;
    this.#setup = setup;
    this.#student = createStudent(engine, model, setup.gradient);
    this.#unroll = unrollSteps(engine, setup);
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
    const {trajectory, startEpoch, ...ends} = await drawEnds(this.#setup, iteration, random);
    const stepSize = this.#stepSize;
    const guard = guardOf({iteration: iteration + 1, trajectory, startEpoch, stepSize});
    guard.expert(ends);
    const {matching, byPixels} = await this.#match(ends, random);
    const {loss, stepLosses, alphaGradient} = matching;
    try {
      guard.loss(loss);
      const imageGradientNorm = await this.#updater.norm(byPixels);
      guard.gradients(imageGradientNorm, alphaGradient);
      const {moved, before, after} = await this.#movePixels(byPixels, imageGradientNorm);
      guard.pixels(after);
      this.#moveStepSize(alphaGradient);
      guard.stepSize(this.#stepSize, alphaGradient);
      return {
        iteration: iteration + 1,
        loss,
        trajectory,
        startEpoch,
        stepSize,
        firstStepLoss: stepLosses[0]!,
        lastStepLoss: stepLosses.at(-1)!,
        imageGradientNorm,
        stepSizeGradient: alphaGradient,
        relativeUpdate: moved === 0 ? 0 : moved / (before || after),
        state: () => this.#state(iteration + 1),
      };
    } finally {
      byPixels.dispose();
    }
  }

  async #match(
    ends: Ends,
    random: Random,
  ): Promise<{readonly matching: Matching; readonly byPixels: Tensor}> {
    const {distance} = this.#setup;
    const unrolled = this.#unroll(this.#pixels.images, random);
    const matching = await matchTrajectory(this.#engine, this.#student, {
      ...ends,
      alpha: this.#stepSize,
      steps: unrolled.steps,
      ...(distance === undefined ? {} : {distance}),
    });
    return {matching, byPixels: unrolled.takeGradient()};
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
    this.#rhoVelocity = momentum * this.#rhoVelocity + limited * form.slope(this.#rho);
    this.#rho -= stepSizeRate * this.#rhoVelocity;
    this.#stepSize = form.alpha(this.#rho);
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

/** A trajectory, and a start epoch below T⁺. */
async function drawEnds(
  {trajectories, sampling, seed, maxStartEpoch, expertEpochs}: DistillationSetup,
  iteration: number,
  random: Random,
): Promise<Ends & {readonly trajectory: number; readonly startEpoch: number}> {
  const {shards} = trajectories;
  const trajectory = trajectoryAt(sampling, {shards, seed, iteration});
  const startEpoch = random.at('start').integer(maxStartEpoch);
  return {
    trajectory,
    startEpoch,
    start: await trajectories.snapshot(trajectory, startEpoch),
    target: await trajectories.snapshot(trajectory, startEpoch + expertEpochs),
  };
}

/** By what a gradient of this norm is multiplied so that it is no larger than `max`. */
function limit(norm: number, max = Infinity): number {
  return norm > max ? max / norm : 1;
}
