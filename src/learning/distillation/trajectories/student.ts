/**
 * The student: a network trained by plain SGD on synthetic images, and the exact derivative of that training.
 *
 * θ̂ᵢ₊₁ = θ̂ᵢ − α gᵢ with gᵢ = ∇θ CE(f(Xᵢ; θ̂ᵢ), yᵢ). Going back with λ = ∂L/∂θ̂ᵢ₊₁ and sᵢ = ⟨gᵢ, λ⟩, λ held constant:
 *
 * ∂L/∂Xᵢ = −α ∂sᵢ/∂X,   ∂L/∂yᵢ = −α ∂sᵢ/∂y,   ∂L/∂α += −sᵢ,   λ ← λ − α ∂sᵢ/∂θ.
 *
 * The value of sᵢ needs no gᵢ: backpropagation is linear in δ = ∂CE/∂z (z: the logits), so sᵢ = ⟨∂sᵢ/∂δ, δ⟩, and ∂sᵢ/∂δ
 * is on the way to the other derivatives. That saves one product per layer.
 *
 * Two compiled programs do this, and only θ̂ᵢ is kept of each step. Symbols: α alpha, λ lambda, θ theta.
 *
 * The truncated gradient (TESLA, Cui et al. 2023) leaves λ unchanged: it includes each step's direct effect on the last
 * parameters, and ignores its effect on later steps. That saves the derivative of sᵢ with respect to θ.
 */
import type {Awaitable} from '../../../base/awaitable.ts';
import {perBatch, type BatchSource, type BatchValues} from '../../batches/batch-source.ts';
import {givenBatches, type GivenBatch} from '../../batches/given-batches.ts';
import {joinParams, splitParams, type Model} from '../../models/model.ts';
import {crossEntropy, shareOf} from '../../training/loss.ts';
import type {Engine, Tensor} from '../../../tensor/engine.ts';
import {gradient, pullThrough} from '../../../tensor/gradient.ts';
import type {Graph} from '../../../tensor/graph.ts';
import type {Value} from '../../../tensor/value.ts';
import * as ops from '../../../tensor/ops.ts';
import {program, type Program} from '../../../tensor/program.ts';

/** `exact`: the whole derivative; `truncated`: without the effect of a step on later steps. */
const gradientKinds = ['exact', 'truncated'] as const;
export type GradientKind = (typeof gradientKinds)[number];

/** A student that trains on batches of a source. It gives a promise only if it has to wait for other engines. */
export interface Student<B = GivenBatch> {
  /** One SGD step. The caller owns the results. */
  step(theta: Tensor, batch: B, alpha: Tensor): Awaitable<Step>;
  /** The same step backwards, λ being ∂L/∂θ̂ᵢ₊₁. */
  back(theta: Tensor, batch: B, alpha: Tensor, lambda: Tensor): Awaitable<StepBack>;
  /** The same, added to the gradients of later steps, and of the same kinds; the caller keeps those. */
  backFrom(later: Later, theta: Tensor, batch: B, alpha: Tensor): Awaitable<StepBack>;
}

/** A student whose batches stay whole: it never waits. */
export interface WholeStudent<B = GivenBatch> extends Student<B> {
  step(theta: Tensor, batch: B, alpha: Tensor): Step;
  back(theta: Tensor, batch: B, alpha: Tensor, lambda: Tensor): StepBack;
  backFrom(later: Later, theta: Tensor, batch: B, alpha: Tensor): StepBack;
}

/** The result of a step. */
export interface Step {
  /** θ̂ᵢ₊₁ [D] */
  readonly theta: Tensor;
  /** The loss before the step []. */
  readonly loss: Tensor;
}

/** Gradients, added up over steps. */
export interface StepGradients {
  /** ∂L/∂X: by the images that batches are made from, in their shape. */
  readonly images: Tensor;
  /** ∂L/∂α [] */
  readonly alpha: Tensor;
  /** ∂L/∂y: by the rows that soft targets are picked from, in their shape; absent: nobody asked for it. */
  readonly targets?: Tensor;
}

/** The result of a step backwards. The caller owns all tensors. */
export interface StepBack extends StepGradients {
  /** λ at θ̂ᵢ [D]; absent if it equals λ at θ̂ᵢ₊₁. */
  readonly lambda?: Tensor;
}

/** The gradients of later steps, and λ at θ̂ᵢ₊₁. */
export interface Later extends StepGradients {
  readonly lambda: Tensor;
}

/**
 * The student of a model, which computes batches as a whole. Its programs are compiled for a shape of batches when it
 * first occurs.
 */
export function createStudent(engine: Engine, model: Model, kind?: GradientKind): WholeStudent;
export function createStudent<B>(
  engine: Engine,
  model: Model,
  kind: GradientKind,
  source: BatchSource<B>,
): WholeStudent<B>;
export function createStudent(
  engine: Engine,
  model: Model,
  kind: GradientKind = 'exact',
  source: BatchSource<GivenBatch> = givenBatches(model),
): WholeStudent {
  const step = perBatch(engine, source, (graph, seen) => stepProgram(model, graph, seen));
  const [back, backOnto, backOntoAll] = stepKinds.map((of) =>
    perBatch(engine, source, (graph, seen) => backProgram(model, graph, {seen, kind, ...of})),
  );
  return {
    step: (theta, batch, alpha) => step(batch, {theta, alpha}),
    back: (theta, batch, alpha, lambda) => back!(batch, {theta, alpha, lambda}),
    backFrom(later, theta, batch, alpha) {
      const run = later.targets === undefined ? backOnto! : backOntoAll!;
      return run(batch, {theta, alpha, lambda: later.lambda, ...sofarOf(later)});
    },
  };
}

/** Whether a step backwards adds its gradients to those of later steps, and whether it gives ∂L/∂y. */
export interface StepKind {
  readonly adds: boolean;
  readonly byTargets: boolean;
}

/** A step alone, one that follows later steps, and one that follows later steps with ∂L/∂y. */
export const stepKinds: readonly StepKind[] = [
  {adds: false, byTargets: false},
  {adds: true, byTargets: false},
  {adds: true, byTargets: true},
];

/** The inputs of a program that adds to the gradients of later steps: see `added`. */
export function sofarOf({images, alpha, targets}: Later): Readonly<Record<string, Tensor>> {
  return {
    imagesSofar: images,
    alphaSofar: alpha,
    ...(targets !== undefined && {targetsSofar: targets}),
  };
}

/** Outputs of the gradients that there are, added to those of later steps if `adds` says so. */
export function added(
  gradients: Readonly<Record<keyof StepGradients, Value | undefined>>,
  adds: boolean,
): Readonly<Record<keyof StepGradients, Value>> {
  const outputs = Object.entries(gradients).flatMap(([name, value]) => {
    if (value === undefined) return [];
    return [[name, adds ? ops.add(value.graph.input(`${name}Sofar`, value.shape), value) : value]];
  });
  return Object.fromEntries(outputs) as Record<keyof StepGradients, Value>;
}

function stepProgram(
  model: Model,
  graph: Graph,
  seen: BatchValues,
): Program<'theta' | 'loss', 'theta' | 'alpha'> {
  const {theta, loss, params, alpha} = trainingLoss(model, graph, seen);
  const g = joinParams(gradient(loss, params));
  return program({theta: ops.subtract(theta, ops.multiply(g, alpha)), loss});
}

function backProgram(
  model: Model,
  graph: Graph,
  {seen, kind, adds, byTargets}: {seen: BatchValues; kind: GradientKind} & StepKind,
): Program<keyof StepGradients> | Program<keyof StepBack> {
  const {origin, images} = seen;
  const {alpha, lambda, byImages, byParams, ...s} = stepDerivatives(model, graph, seen);
  const factor = ops.multiply(alpha, -1);
  const [byOrigin] = pullThrough(images, ops.multiply(byImages, factor), [origin]);
  const byAlpha = ops.multiply(ops.dot(s.byDelta, s.delta), -1);
  const targets = byTargets ? byTargetOrigin(seen, ops.multiply(s.byTargets, factor)) : undefined;
  const outputs = added({images: byOrigin, alpha: byAlpha, targets}, adds);
  if (kind === 'truncated') return program(outputs);
  const before = ops.subtract(lambda, ops.multiply(joinParams(byParams), alpha));
  return program({...outputs, lambda: before});
}

/** The derivative by the rows that targets are picked from, given that by the targets of a batch. */
export function byTargetOrigin({targets, targetOrigin}: BatchValues, byTargets: Value): Value {
  const [byOrigin] = pullThrough(targets, byTargets, [targetOrigin!]);
  return byOrigin!;
}

/** The derivatives of a step, for a batch or for a part of one: ∂s/∂X, ∂s/∂y, ∂s/∂θ by parameter, ∂s/∂δ, and δ. */
export function stepDerivatives(model: Model, graph: Graph, seen: BatchValues): StepDerivatives {
  const {logits, loss, params, alpha} = trainingLoss(model, graph, seen);
  const lambda = graph.input('lambda', [model.parameterCount]);
  const parts = splitParams(model, lambda);
  const [delta, ...g] = gradient(loss, [logits, ...params]);
  // s = ⟨g, λ⟩, summed parameter by parameter.
  const s = g.map((part, i) => ops.dot(part, parts[i]!)).reduce((a, b) => ops.add(a, b));
  const by = [seen.images, seen.targets, delta!, ...params];
  const [byImages, byTargets, byDelta, ...byParams] = gradient(s, by) as [Value, Value, Value];
  return {alpha, lambda, byImages, byTargets, byParams, byDelta, delta: delta!};
}

interface StepDerivatives extends Readonly<
  Record<'alpha' | 'lambda' | 'byImages' | 'byTargets' | 'byDelta' | 'delta', Value>
> {
  readonly byParams: readonly Value[];
}

/** The loss of a batch at θ; of a part of a batch, its share of the loss of the whole batch. */
export function trainingLoss(
  model: Model,
  graph: Graph,
  {images, targets, share}: BatchValues,
): Readonly<Record<'theta' | 'logits' | 'loss' | 'alpha', Value>> & {
  readonly params: readonly Value[];
} {
  const theta = graph.input('theta', [model.parameterCount]);
  const params = splitParams(model, theta);
  const {logits} = model.apply(params, images);
  const loss = shareOf(crossEntropy(logits, targets), share);
  return {theta, params, logits, loss, alpha: graph.input('alpha', [])};
}
