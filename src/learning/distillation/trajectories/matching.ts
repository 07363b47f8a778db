/**
 * Matching a trajectory: the loss L of one outer iteration, and its gradient. L is the distance between θ̂_N and the
 * point that an expert reached from θ̂₀.
 *
 * The forward pass keeps only θ̂₀ … θ̂_N, and the backward pass recomputes each step, so memory grows by one θ per
 * step. Nothing is read, unless several engines share the steps: the host only says what is to be computed.
 */
import type {Engine, Tensor} from '../../../tensor/engine.ts';
import {Graph} from '../../../tensor/graph.ts';
import {program, type Program} from '../../../tensor/program.ts';
import type {Shape} from '../../../tensor/shape.ts';
import {perShape} from '../../per-shape.ts';
import type {Distance, ExpertSegment} from './distance.ts';
import {added, type Later, type StepGradients, type Student} from './student.ts';

/** The loss, and its gradients. The caller owns all tensors. */
export interface Matching extends StepGradients {
  /** L [] */
  readonly loss: Tensor;
  /** Cross-entropy before each step, [] each. */
  readonly stepLosses: readonly Tensor[];
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

/**
 * A function that runs the student from `start` through all steps and back again.
 *
 * @param images the shape of X, which batches are made from
 */
export function createMatching<B>(
  engine: Engine,
  student: Student<B>,
  {distance, images}: {readonly distance: Distance; readonly images: Shape},
): (of: Matched<B>) => Promise<Matching> {
  const zeros = perShape(engine, (...targets: readonly number[]) => zeroProgram(images, targets));
  return async ({start, target, alpha, batches, targets}) => {
    const theta = engine.upload(start, [start.length]);
    const {thetas, losses} = await goForward(student, {theta, alpha, batches});
    const last = thetas.pop()!;
    const {loss, lambda} = distance.measure(last, {start, target});
    last.dispose();
    const end = {...zeros(...(targets?.shape ?? [])).run({}), lambda};
    const gradients = await goBack(student, {thetas, end, alpha, batches});
    return {...gradients, loss, stepLosses: losses};
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

/** θ̂₀ … θ̂_N, and the cross-entropy before each step. Takes over θ̂₀. */
async function goForward<B>(
  student: Student<B>,
  {theta, alpha, batches}: {theta: Tensor; alpha: Tensor; batches: readonly B[]},
): Promise<{readonly thetas: Tensor[]; readonly losses: readonly Tensor[]}> {
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
