/**
 * Matching a trajectory: the loss L of one outer iteration, and its gradient. L is the distance between θ̂_N and the
 * point that an expert reached from θ̂₀.
 *
 * The forward pass keeps only θ̂₀ … θ̂_N, and the backward pass recomputes each step, so memory grows by one θ per
 * step.
 */
import type {Engine, Tensor} from '../../../tensor/engine.ts';
import {parameterDistance, type Distance, type ExpertSegment} from './distance.ts';
import type {Student, StudentBatch} from './student.ts';

/** The images of one step, and the receiver of their gradient. */
export interface UnrolledStep {
  /** Makes the batch of this step: called once on the way forward and once on the way back. The caller owns it. */
  batch(): StudentBatch;
  /** Receives ∂L/∂(images of the batch), and owns the tensor. */
  collect(gradient: Tensor): void;
}

export interface Matching {
  readonly loss: number;
  /** ∂L/∂α */
  readonly alphaGradient: number;
  /** Cross-entropy before each step. */
  readonly stepLosses: readonly number[];
  /** θ̂_N */
  readonly theta: Float32Array;
}

/**
 * Runs the student from `start` through all steps and back again.
 *
 * @param start θ*_t [D]
 * @param target θ*_{t+M} [D]
 * @param alpha the student's step size
 * @param distance L; defaults to the distance of parameters
 */
export async function matchTrajectory(
  engine: Engine,
  student: Student,
  {
    start,
    target,
    alpha,
    steps,
    distance = parameterDistance(engine),
  }: ExpertSegment & {
    readonly alpha: number;
    readonly steps: readonly UnrolledStep[];
    readonly distance?: Distance;
  },
): Promise<Matching> {
  const stepSize = engine.upload(Float32Array.of(alpha), []);
  const {thetas, losses} = goForward(student, {
    theta: engine.upload(start, [start.length]),
    alpha: stepSize,
    steps,
  });
  const last = thetas.pop()!;
  const theta = await engine.read(last); // The host waits for the forward half here.
  const {loss, lambda} = await distance({tensor: last, numbers: theta}, {start, target});
  last.dispose();
  const alphaParts = goBack(student, {
    thetas,
    lambda,
    alpha: stepSize,
    steps,
  });
  stepSize.dispose();
  const [parts, stepLosses] = await Promise.all([
    readScalars(engine, alphaParts),
    readScalars(engine, losses),
  ]);
  return {
    loss,
    alphaGradient: parts.reduce((sum, part) => sum + part, 0),
    stepLosses,
    theta,
  };
}

/** θ̂₀ … θ̂_N, and the cross-entropy before each step. Takes over θ̂₀. */
function goForward(
  student: Student,
  {theta, alpha, steps}: {theta: Tensor; alpha: Tensor; steps: readonly UnrolledStep[]},
): {readonly thetas: Tensor[]; readonly losses: readonly Tensor[]} {
  const thetas = [theta];
  const losses: Tensor[] = [];
  for (const step of steps) {
    const batch = step.batch();
    const next = student.step(thetas.at(-1)!, batch, alpha);
    disposeBatch(batch);
    thetas.push(next.theta);
    losses.push(next.loss);
  }
  return {thetas, losses};
}

/** Gives every step its image gradient, last step first; returns the parts of ∂L/∂α. Takes over θ̂s and λ. */
function goBack(
  student: Student,
  {
    thetas,
    lambda,
    alpha,
    steps,
  }: {thetas: Tensor[]; lambda: Tensor; alpha: Tensor; steps: readonly UnrolledStep[]},
): readonly Tensor[] {
  const alphaParts: Tensor[] = [];
  for (const step of steps.toReversed()) {
    const theta = thetas.pop()!;
    const batch = step.batch();
    const before = student.back(theta, batch, alpha, lambda);
    disposeBatch(batch);
    theta.dispose();
    if (before.lambda !== undefined) {
      lambda.dispose();
      lambda = before.lambda;
    }
    step.collect(before.images);
    alphaParts.push(before.alpha);
  }
  lambda.dispose();
  return alphaParts;
}

/** Reads all scalars at once, and disposes them. */
async function readScalars(engine: Engine, scalars: readonly Tensor[]): Promise<readonly number[]> {
  const read = await Promise.all(scalars.map((scalar) => engine.read(scalar)));
  for (const scalar of scalars) scalar.dispose();
  return read.map(([number]) => number!);
}

function disposeBatch({images, targets}: StudentBatch): void {
  images.dispose();
  targets.dispose();
}
