/**
 * Distillation by matching training trajectories (Cazenavette et al. 2022): synthetic pixels X and the student's step
 * size α are moved, by SGD with momentum, down the gradient of the matching loss through all N student steps.
 *
 * Symbols: N `steps`, M `expertEpochs`, T⁺ `maxStartEpoch` (exclusive), |b| `batch`, η_x `pixelRate`, η_α `stepSizeRate`.
 */
import type {Engine, Tensor} from '../tensor/engine.ts';
import {Graph} from '../tensor/graph.ts';
import * as ops from '../tensor/ops.ts';
import {program} from '../tensor/program.ts';
import type {Strategy} from './augmentation/strategy.ts';
import {DivergedError} from './diverged-error.ts';
import {matchTrajectory} from './matching.ts';
import type {Model} from './models/model.ts';
import {Random} from './random.ts';
import {createStudent} from './student.ts';
import {unrollSteps} from './unrolled-steps.ts';

export interface DistillationSetup {
  readonly model: Model;
  readonly trajectories: TrajectorySource;
  /** One class index an image of X. */
  readonly labels: Int32Array;
  /** Updates of X and α. */
  readonly iterations: number;
  /** N: SGD steps of the student. */
  readonly steps: number;
  /** M: how many expert epochs the student is to cover. */
  readonly expertEpochs: number;
  /** T⁺: the student starts at an expert's epoch below this. */
  readonly maxStartEpoch: number;
  /** |b|: synthetic images a student step. */
  readonly batch: number;
  /** η_x */
  readonly pixelRate: number;
  /** η_α; 0 keeps α as it is. */
  readonly stepSizeRate: number;
  /** Of both optimisers. */
  readonly momentum: number;
  /** Absent: the student sees images as they are. */
  readonly strategy: Strategy;
  readonly seed: number;
}

/** Experts, a snapshot at a time. */
export interface TrajectorySource {
  readonly trajectories: number;
  /** θ* of a trajectory after an epoch, 0 being its initialisation [D]. */
  snapshot(trajectory: number, epoch: number): Promise<Float32Array>;
}

/** All that an iteration hands on to the next. */
export interface DistillationState {
  /** Iterations done. */
  readonly iteration: number;
  /** X [n, h, w, c], and the momentum buffer of its optimiser. */
  readonly images: Float32Array;
  readonly imageVelocity: Float32Array;
  /** α, and the momentum buffer of its optimiser. */
  readonly stepSize: number;
  readonly stepSizeVelocity: number;
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
  /** ‖∂L/∂X‖ and ∂L/∂α */
  readonly imageGradientNorm: number;
  readonly stepSizeGradient: number;
  /** What the next iteration starts from. Waits for the engine: ask only when it is needed. */
  state(): Promise<DistillationState>;
}

/**
 * Distils from `state` on, yielding after every update. Throws a `DivergedError` that names the iteration at the first
 * loss or step size that is not usable.
 */
export async function* distill(
  engine: Engine,
  setup: DistillationSetup,
  state: DistillationState,
): AsyncGenerator<DistillationIteration> {
  const {model, labels, iterations, momentum} = setup;
  const shape = [labels.length, model.input.height, model.input.width, model.input.channels];
  const student = createStudent(engine, model, setup.batch);
  const update = compileUpdate(engine, shape, setup);
  const unroll = unrollSteps(engine, setup);
  let images = engine.upload(state.images, shape);
  let velocity = engine.upload(state.imageVelocity, shape);
  let {stepSize, stepSizeVelocity} = state;
  try {
    for (let iteration = state.iteration; iteration < iterations; iteration++) {
      const random = new Random(setup.seed, 'iteration', iteration);
      const {trajectory, startEpoch, start, target} = await drawTrajectory(setup, random);
      const unrolled = unroll(images, random);
      const matching = await matchTrajectory(engine, student, {
        start,
        target,
        alpha: stepSize,
        steps: unrolled.steps,
      });
      assertUsable(matching.loss, {iteration, stepSize});
      const moved = update(images, velocity, unrolled.takeGradient());
      const imageGradientNorm = Math.sqrt((await take(engine, moved.squaredNorm))[0]!);
      for (const old of [images, velocity]) old.dispose();
      ({images, velocity} = moved);
      const before = stepSize;
      stepSizeVelocity = momentum * stepSizeVelocity + matching.alphaGradient;
      stepSize -= setup.stepSizeRate * stepSizeVelocity;
      assertUsable(imageGradientNorm, {iteration, stepSize});
      yield {
        iteration: iteration + 1,
        loss: matching.loss,
        trajectory,
        startEpoch,
        stepSize: before,
        firstStepLoss: matching.stepLosses[0]!,
        lastStepLoss: matching.stepLosses.at(-1)!,
        imageGradientNorm,
        stepSizeGradient: matching.alphaGradient,
        state: async () => ({
          iteration: iteration + 1,
          images: await engine.read(images),
          imageVelocity: await engine.read(velocity),
          stepSize,
          stepSizeVelocity,
        }),
      };
    }
  } finally {
    images.dispose();
    velocity.dispose();
  }
}

/** A trajectory with replacement, and a start epoch below T⁺. */
async function drawTrajectory(
  {trajectories, maxStartEpoch, expertEpochs}: DistillationSetup,
  random: Random,
): Promise<{
  readonly trajectory: number;
  readonly startEpoch: number;
  readonly start: Float32Array;
  readonly target: Float32Array;
}> {
  const trajectory = random.at('trajectory').integer(trajectories.trajectories);
  const startEpoch = random.at('start').integer(maxStartEpoch);
  return {
    trajectory,
    startEpoch,
    start: await trajectories.snapshot(trajectory, startEpoch),
    target: await trajectories.snapshot(trajectory, startEpoch + expertEpochs),
  };
}

interface Update {
  readonly images: Tensor;
  readonly velocity: Tensor;
  /** ‖gradient‖² [] */
  readonly squaredNorm: Tensor;
}

/** v ← μv + g, X ← X − η_x v. Takes over the gradient. */
function compileUpdate(
  engine: Engine,
  shape: readonly number[],
  {momentum, pixelRate}: DistillationSetup,
): (images: Tensor, velocity: Tensor, gradient: Tensor) => Update {
  const graph = new Graph();
  const [x, v, g] = ['images', 'velocity', 'gradient'].map((name) => graph.input(name, shape));
  const moved = ops.add(ops.multiply(v!, momentum), g!);
  const executable = engine.compile(
    program({
      images: ops.subtract(x!, ops.multiply(moved, pixelRate)),
      velocity: moved,
      squaredNorm: ops.dot(g!, g!),
    }),
  );
  return (images, velocity, gradient) => {
    const outputs = executable.run({images, velocity, gradient});
    gradient.dispose();
    return outputs as unknown as Update;
  };
}

async function take(engine: Engine, tensor: Tensor): Promise<Float32Array> {
  const numbers = await engine.read(tensor);
  tensor.dispose();
  return numbers;
}

/** @param measure the loss, or the norm of a gradient */
function assertUsable(
  measure: number,
  {iteration, stepSize}: {readonly iteration: number; readonly stepSize: number},
): void {
  if (!Number.isFinite(measure)) {
    throw new DivergedError(
      `The matching loss or its gradient became ${measure} in iteration ${iteration + 1}. A smaller pixelRate or stepSize helps.`,
    );
  }
  if (!(stepSize > 0 && Number.isFinite(stepSize))) {
    throw new DivergedError(
      `The student's step size became ${stepSize} in iteration ${iteration + 1}. A smaller stepSizeRate helps.`,
    );
  }
}
