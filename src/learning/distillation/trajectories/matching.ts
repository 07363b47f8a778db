/**
 * Matching a trajectory: the loss L of one outer iteration, and its gradient. L is the distance between θ̂_N and the
 * point that an expert reached from θ̂₀; or between that point and θ̂_n*, the nearest to it of θ̂₁ … θ̂_N.
 *
 * The forward pass keeps only θ̂₀ … θ̂_N, and the backward pass recomputes each step, so memory grows by one θ per
 * step. Nothing is read, unless several engines share the steps or the best step is asked for: the host only says what
 * is to be computed.
 */
import type {Engine, Tensor} from '../../../tensor/engine.ts';
import {Graph} from '../../../tensor/graph.ts';
import {program, type Program} from '../../../tensor/program.ts';
import type {Shape} from '../../../tensor/shape.ts';
import {perShape} from '../../per-shape.ts';
import {bestStep, createStepDistances} from './best-step.ts';
import type {Distance, ExpertSegment} from './distance.ts';
import {added, type Later, type StepGradients, type Student} from './student.ts';

/** The loss, and its gradients. The caller owns all tensors. */
export interface Matching extends StepGradients {
  /** L [] */
  readonly loss: Tensor;
  /** Cross-entropy before each step that L depends on, [] each. */
  readonly stepLosses: readonly Tensor[];
  /** How far each step was from the target, if the best one was asked for: see `createStepDistances`. */
  readonly distances?: readonly number[];
}

/** The inputs of an iteration's matching; the caller keeps all of them. */
export interface Matched<B> extends ExpertSegment {
  /** α [] */
  readonly alpha: Tensor;
  /** The batch of each step. */
  readonly batches: readonly B[];
  /** The soft targets that the batches pick from, if the gradient by them is wanted. */
  readonly targets?: Tensor | undefined;
}

export interface MatchingOptions {
  readonly distance: Distance;
  /** The shape of X, which batches are made from. */
  readonly images: Shape;
  /**
   * Whether L is of the step that comes nearest to the target, and its gradient through the steps up to it. The host then
   * waits for the engine once, between the way forward and the way back.
   */
  readonly bestStep?: boolean | undefined;
}

/** A function that runs the student from `start` through all steps and back again. */
export function createMatching<B>(
  engine: Engine,
  student: Student<B>,
  {distance, images, bestStep: takesBest = false}: MatchingOptions,
): (of: Matched<B>) => Promise<Matching> {
  const zeros = perShape(engine, (...targets: readonly number[]) => zeroProgram(images, targets));
  const measureSteps = createStepDistances(engine);
  return async ({start, target, alpha, batches: all, targets}) => {
    const theta = engine.upload(start, [start.length]);
    const way = await goForward(student, {theta, alpha, batches: all});
    const distances = takesBest
      ? await measureSteps(way.thetas.slice(1), target, distance.from ?? 0)
      : undefined;
    const {thetas, losses} = distances === undefined ? way : cutAfter(way, bestStep(distances));
    const last = thetas.pop()!;
    const {loss, lambda} = distance.measure(last, {start, target});
    last.dispose();
    const end = {...zeros(...(targets?.shape ?? [])).run({}), lambda};
    const batches = all.slice(0, losses.length);
    const gradients = await goBack(student, {thetas, end, alpha, batches});
    return {...gradients, loss, stepLosses: losses, ...(distances && {distances})};
  };
}

/** The gradients before any step has added to them. Those by targets without a shape are left out. */
function zeroProgram(images: Shape, targets: Shape): Program<keyof StepGradients> {
  const graph = new Graph();
  return program(
    added(
      {
        images: graph.constant(0, images),
        alpha: graph.constant(0),
        targets: targets.length > 0 ? graph.constant(0, targets) : undefined,
      },
      false,
    ),
  );
}

/** θ̂₀ … θ̂_N, and the cross-entropy before each step. */
interface Way {
  readonly thetas: Tensor[];
  readonly losses: readonly Tensor[];
}

/** A way as if it had ended after `steps` steps; disposes the rest. */
function cutAfter({thetas, losses}: Way, steps: number): Way {
  const rest = [...thetas.slice(steps + 1), ...losses.slice(steps)];
  for (const tensor of rest) tensor.dispose();
  return {thetas: thetas.slice(0, steps + 1), losses: losses.slice(0, steps)};
}

/** Goes through all steps. Takes over θ̂₀. */
async function goForward<B>(
  student: Student<B>,
  {theta, alpha, batches}: {theta: Tensor; alpha: Tensor; batches: readonly B[]},
): Promise<Way> {
  const thetas = [theta];
  const losses: Tensor[] = [];
  for (const batch of batches) {
    const next = await student.step(thetas.at(-1)!, batch, alpha);
    thetas.push(next.theta);
    losses.push(next.loss);
  }
  return {thetas, losses};
}

/** Adds up the gradients of all steps, last step first. Takes over θ̂s, and the state at the end of the last step. */
async function goBack<B>(
  student: Student<B>,
  {
    thetas,
    end,
    alpha,
    batches,
  }: {thetas: Tensor[]; end: Later; alpha: Tensor; batches: readonly B[]},
): Promise<StepGradients> {
  let later = end;
  for (const batch of batches.toReversed()) {
    const theta = thetas.pop()!;
    const before = await student.backFrom(later, theta, batch, alpha);
    const {lambda: lambdaAfter, ...added} = later;
    const {lambda = lambdaAfter, ...gradients} = before;
    for (const tensor of [theta, ...Object.values<Tensor>(added)]) tensor.dispose();
    if (lambda !== lambdaAfter) lambdaAfter.dispose();
    later = {...gradients, lambda};
  }
  const {lambda, ...gradients} = later;
  lambda.dispose();
  return gradients;
}
