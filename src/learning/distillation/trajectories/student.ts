/**
 * The student: a network trained by plain SGD on synthetic images, and the exact derivative of that training.
 *
 * θ̂ᵢ₊₁ = θ̂ᵢ − α gᵢ with gᵢ = ∇θ CE(f(Xᵢ; θ̂ᵢ), yᵢ). Going back with λ = ∂L/∂θ̂ᵢ₊₁ and sᵢ = ⟨gᵢ, λ⟩, λ held constant:
 *
 * ∂L/∂Xᵢ = −α ∂sᵢ/∂X,   ∂L/∂α += −sᵢ,   λ ← λ − α ∂sᵢ/∂θ.
 *
 * The value of sᵢ needs no gᵢ: backpropagation is linear in δ = ∂CE/∂z (z: the logits), so sᵢ = ⟨∂sᵢ/∂δ, δ⟩, and ∂sᵢ/∂δ
 * is on the way to the other derivatives. That saves one product per layer.
 *
 * Two compiled programs do this, and only θ̂ᵢ is kept of each step. Symbols: α alpha, λ lambda, θ theta.
 *
 * The truncated gradient (TESLA, Cui et al. 2023) leaves λ unchanged: it includes each step's direct effect on the last
 * parameters, and ignores its effect on later steps. That saves the derivative of sᵢ with respect to θ.
 */
import type {Engine, Tensor} from '../../../tensor/engine.ts';
import {gradient} from '../../../tensor/gradient.ts';
import {Graph} from '../../../tensor/graph.ts';
import type {Value} from '../../../tensor/value.ts';
import * as ops from '../../../tensor/ops.ts';
import {program, type Program} from '../../../tensor/program.ts';
import {crossEntropy} from '../../training/loss.ts';
import {joinParams, splitParams, type Model} from '../../models/model.ts';
import {perShape} from '../../per-shape.ts';

/** `exact`: the whole derivative; `truncated`: without the effect of a step on later steps. */
const gradientKinds = ['exact', 'truncated'] as const;
export type GradientKind = (typeof gradientKinds)[number];

/** The training batch of one step. */
export interface StudentBatch {
  /** [batch, h, w, c], already augmented. */
  readonly images: Tensor;
  /** [batch, classes], one-hot. */
  readonly targets: Tensor;
}

export interface Student {
  /** One SGD step. The caller owns the results: θ̂ᵢ₊₁ [D], and the loss before the step []. */
  step(
    theta: Tensor,
    batch: StudentBatch,
    alpha: Tensor,
  ): {readonly theta: Tensor; readonly loss: Tensor};
  /**
   * The same step backwards. The caller owns the results: λ at θ̂ᵢ [D], absent if it equals λ at θ̂ᵢ₊₁; ∂L/∂Xᵢ in the
   * images' shape; and this step's part of ∂L/∂α [].
   */
  back(
    theta: Tensor,
    batch: StudentBatch,
    alpha: Tensor,
    lambda: Tensor,
  ): {readonly lambda?: Tensor; readonly images: Tensor; readonly alpha: Tensor};
}

/** The student of a model. Its programs are compiled for a batch size when it first occurs. */
export function createStudent(engine: Engine, model: Model, kind: GradientKind = 'exact'): Student {
  const step = perShape(engine, (size: number) => stepProgram(model, size));
  const back = perShape(engine, (size: number) => backProgram(model, size, kind));
  return {
    step: (theta, batch, alpha) => step(batch.images.shape[0]!).run({theta, ...batch, alpha}),
    back: (theta, batch, alpha, lambda) =>
      back(batch.images.shape[0]!).run({theta, ...batch, alpha, lambda}),
  };
}

type StepInputs = 'theta' | keyof StudentBatch | 'alpha';
type BackInputs = StepInputs | 'lambda';

function stepProgram(model: Model, batch: number): Program<'theta' | 'loss', StepInputs> {
  const {theta, loss, params, alpha} = trainingLoss(model, batch);
  const g = joinParams(gradient(loss, params));
  return program({theta: ops.subtract(theta, ops.multiply(g, alpha)), loss});
}

function backProgram(
  model: Model,
  batch: number,
  kind: GradientKind,
): Program<'images' | 'alpha', BackInputs> | Program<'images' | 'alpha' | 'lambda', BackInputs> {
  const {graph, images, logits, loss, params, alpha} = trainingLoss(model, batch);
  const lambda = graph.input('lambda', [model.parameterCount]);
  const parts = splitParams(model, lambda);
  const [delta, ...g] = gradient(loss, [logits, ...params]);
  // s = ⟨g, λ⟩, summed parameter by parameter.
  const s = g.map((part, i) => ops.dot(part, parts[i]!)).reduce((a, b) => ops.add(a, b));
  const [byImages, byDelta, ...byParams] = gradient(s, [images, delta!, ...params]);
  const outputs = {
    images: ops.multiply(byImages!, ops.multiply(alpha, -1)),
    alpha: ops.multiply(ops.dot(byDelta!, delta!), -1),
  };
  if (kind === 'truncated') return program(outputs);
  const before = ops.subtract(lambda, ops.multiply(joinParams(byParams), alpha));
  return program({...outputs, lambda: before});
}

function trainingLoss(
  model: Model,
  batch: number,
): Readonly<Record<'theta' | 'images' | 'logits' | 'loss' | 'alpha', Value>> & {
  readonly graph: Graph;
  readonly params: readonly Value[];
} {
  const graph = new Graph();
  const {height, width, channels} = model.input;
  const theta = graph.input('theta', [model.parameterCount]);
  const images = graph.input('images', [batch, height, width, channels]);
  const targets = graph.input('targets', [batch, model.classes]);
  const params = splitParams(model, theta);
  const {logits} = model.apply(params, images);
  const loss = crossEntropy(logits, targets);
  return {graph, theta, images, params, logits, loss, alpha: graph.input('alpha', [])};
}
