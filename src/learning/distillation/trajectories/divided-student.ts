/**
 * A student whose batches are computed in parts. The loss of a batch is the mean over its images, so its derivatives are
 * sums over parts: g = Σ gₚ, s = Σ sₚ and ∂s/∂θ = Σ ∂sₚ/∂θ, with each part's share of the loss; ∂s/∂X consists of those
 * of the parts. One program after the parts computes what is no sum over images: the updates of θ and of λ, and the place
 * of each image's derivative in X.
 */
import type {Engine, Tensor} from '../../../tensor/engine.ts';
import {gradient, pullThrough} from '../../../tensor/gradient.ts';
import {Graph} from '../../../tensor/graph.ts';
import * as ops from '../../../tensor/ops.ts';
import {program, type Program} from '../../../tensor/program.ts';
import {sizeOf} from '../../../tensor/shape.ts';
import type {Value} from '../../../tensor/value.ts';
import {perBatch, type BatchSource, type BatchValues} from '../../batches/batch-source.ts';
import {perPart, type PartOutputs} from '../../batches/part-runs.ts';
import {joinParams, type Model} from '../../models/model.ts';
import {perShape} from '../../per-shape.ts';
import {
  createStudent,
  stepDerivatives,
  trainingLoss,
  type GradientKind,
  type Step,
  type StepBack,
  type StepGradients,
  type Student,
} from './student.ts';

/** The student of a model, which computes each batch in the parts that its source divides it into. */
export function createDividedStudent<B>(
  engine: Engine,
  model: Model,
  kind: GradientKind,
  source: BatchSource<B>,
): Student<B> {
  const whole = createStudent(engine, model, kind, source);
  const isWhole = (batch: B): boolean => source.partsOf(batch).length === 0;
  const step = dividedStep(engine, model, source);
  const [back, backOnto] = [false, true].map((adds) =>
    dividedBack(engine, source, {model, kind, adds}),
  );
  return {
    step: (theta, batch, alpha) =>
      isWhole(batch) ? whole.step(theta, batch, alpha) : step(batch, {theta, alpha}),
    back: (theta, batch, alpha, lambda) =>
      isWhole(batch)
        ? whole.back(theta, batch, alpha, lambda)
        : back!(batch, {theta, alpha, lambda}),
    backFrom(later, theta, batch, alpha) {
      if (isWhole(batch)) return whole.backFrom(later, theta, batch, alpha);
      const {images: imagesSofar, alpha: alphaSofar, lambda} = later;
      return backOnto!(batch, {theta, alpha, lambda}, {imagesSofar, alphaSofar});
    },
  };
}

type Inputs<Names extends string> = Readonly<Record<Names, Tensor>>;

/** `sums` are g and the loss [D + 1]. */
function dividedStep<B>(
  engine: Engine,
  model: Model,
  source: BatchSource<B>,
): (batch: B, inputs: Inputs<'theta' | 'alpha'>) => Promise<Step> {
  const partial = perPart(engine, source, (graph, seen) => {
    const {loss, params} = trainingLoss(model, graph, seen);
    return {sums: joinParams([...gradient(loss, params), loss])};
  });
  const finish = perShape(engine, updateProgram);
  return async (batch, inputs) => {
    const {sums} = await partial(source.partsOf(batch), inputs);
    const result = finish(model.parameterCount).run({...inputs, sums});
    sums.dispose();
    return result;
  };
}

/** θ − α g, as of a batch that is whole. */
function updateProgram(size: number): Program<keyof Step, 'theta' | 'alpha' | 'sums'> {
  const graph = new Graph();
  const [theta, alpha] = [graph.input('theta', [size]), graph.input('alpha', [])];
  const sums = graph.input('sums', [size + 1]);
  const g = ops.slice(sums, [0], [size]);
  return program({theta: ops.subtract(theta, ops.multiply(g, alpha)), loss: lastOf(sums)});
}

type Sofar = Inputs<'imagesSofar' | 'alphaSofar'>;

/** `sums` are ∂s/∂θ, if the gradient is exact, and s [D + 1] or [1]; `pieces` are ∂s by the images as they were picked. */
function dividedBack<B>(
  engine: Engine,
  source: BatchSource<B>,
  {model, kind, adds}: {readonly model: Model; readonly kind: GradientKind; readonly adds: boolean},
): (batch: B, inputs: Inputs<'theta' | 'alpha' | 'lambda'>, sofar?: Sofar) => Promise<StepBack> {
  const partial = perPart(engine, source, (graph, seen) => partBack(model, graph, {seen, kind}));
  const finish = perBatch(engine, source, (graph, seen) =>
    finishProgram(model, graph, {seen, kind, adds}),
  );
  return async (batch, inputs, sofar) => {
    const {sums, pieces} = await partial(source.partsOf(batch), inputs);
    const result = finish(batch, {...inputs, ...sofar, sums, pieces: pieces!});
    for (const tensor of [sums, pieces!]) tensor.dispose();
    return result;
  };
}

function partBack(
  model: Model,
  graph: Graph,
  {seen, kind}: {readonly seen: BatchValues; readonly kind: GradientKind},
): PartOutputs {
  const {byImages, byParams, byDelta, delta} = stepDerivatives(model, graph, seen);
  const [byPicked] = pullThrough(seen.images, byImages, [seen.picked]);
  const s = ops.dot(byDelta, delta);
  return {sums: joinParams(kind === 'exact' ? [...byParams, s] : [s]), pieces: byPicked!};
}

function finishProgram(
  model: Model,
  graph: Graph,
  {
    seen: {origin, picked},
    kind,
    adds,
  }: {readonly seen: BatchValues; readonly kind: GradientKind; readonly adds: boolean},
): Program<keyof StepGradients> | Program<keyof StepBack> {
  const size = model.parameterCount;
  const alpha = graph.input('alpha', []);
  const sums = graph.input('sums', [kind === 'exact' ? size + 1 : 1]);
  const byPicked = ops.multiply(graph.input('pieces', picked.shape), ops.multiply(alpha, -1));
  const [byOrigin] = pullThrough(picked, byPicked, [origin]);
  const byAlpha = ops.multiply(lastOf(sums), -1);
  const outputs = {
    images: adds ? ops.add(graph.input('imagesSofar', origin.shape), byOrigin!) : byOrigin!,
    alpha: adds ? ops.add(graph.input('alphaSofar', []), byAlpha) : byAlpha,
  };
  if (kind === 'truncated') return program(outputs);
  const lambda = graph.input('lambda', [size]);
  const change = ops.multiply(ops.slice(sums, [0], [size]), alpha);
  return program({...outputs, lambda: ops.subtract(lambda, change)});
}

/** The last number of a vector []. */
function lastOf(sums: Value): Value {
  return ops.reshape(ops.slice(sums, [sizeOf(sums.shape) - 1], [1]), []);
}
