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
  added,
  byTargetOrigin,
  createStudent,
  sofarOf,
  stepDerivatives,
  stepKinds,
  trainingLoss,
  type GradientKind,
  type Step,
  type StepBack,
  type StepGradients,
  type StepKind,
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
  const [back, backOnto, backOntoAll] = stepKinds.map((of) =>
    dividedBack(engine, source, {model, kind, ...of}),
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
      const run = later.targets === undefined ? backOnto! : backOntoAll!;
      return run(batch, {theta, alpha, lambda: later.lambda}, sofarOf(later));
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

interface BackKind extends StepKind {
  readonly model: Model;
  readonly kind: GradientKind;
}

/**
 * `sums` are ∂s/∂θ, if the gradient is exact, and s [D + 1] or [1]; `pieces` are ∂s by the images as they were picked,
 * and behind them, if it is asked for, ∂s/∂y: a row for each image.
 */
function dividedBack<B>(
  engine: Engine,
  source: BatchSource<B>,
  of: BackKind,
): (
  batch: B,
  inputs: Inputs<'theta' | 'alpha' | 'lambda'>,
  sofar?: Inputs<string>,
) => Promise<StepBack> {
  const partial = perPart(engine, source, (graph, seen) => partBack(graph, seen, of));
  const finish = perBatch(engine, source, (graph, seen) => finishProgram(graph, seen, of));
  return async (batch, inputs, sofar) => {
    const {sums, pieces} = await partial(source.partsOf(batch), inputs);
    const result = finish(batch, {...inputs, ...sofar, sums, pieces: pieces!});
    for (const tensor of [sums, pieces!]) tensor.dispose();
    return result;
  };
}

function partBack(
  graph: Graph,
  seen: BatchValues,
  {model, kind, byTargets}: BackKind,
): PartOutputs {
  const {byImages, byParams, byDelta, delta, ...s} = stepDerivatives(model, graph, seen);
  const [byPicked] = pullThrough(seen.images, byImages, [seen.picked]);
  const total = ops.dot(byDelta, delta);
  return {
    sums: joinParams(kind === 'exact' ? [...byParams, total] : [total]),
    pieces: byTargets ? ops.concat([rowsOf(byPicked!), s.byTargets], 1) : byPicked!,
  };
}

function finishProgram(
  graph: Graph,
  seen: BatchValues,
  {model, kind, adds, byTargets}: BackKind,
): Program<keyof StepGradients> | Program<keyof StepBack> {
  const {origin, picked} = seen;
  const size = model.parameterCount;
  const alpha = graph.input('alpha', []);
  const factor = ops.multiply(alpha, -1);
  const sums = graph.input('sums', [kind === 'exact' ? size + 1 : 1]);
  const pieces = piecesOf(graph, picked, byTargets ? seen.targets : undefined);
  const [byOrigin] = pullThrough(picked, ops.multiply(pieces.byPicked, factor), [origin]);
  const byAlpha = ops.multiply(lastOf(sums), -1);
  const targets = pieces.byTargets && byTargetOrigin(seen, ops.multiply(pieces.byTargets, factor));
  const outputs = added({images: byOrigin, alpha: byAlpha, targets}, adds);
  if (kind === 'truncated') return program(outputs);
  const lambda = graph.input('lambda', [size]);
  const change = ops.multiply(ops.slice(sums, [0], [size]), alpha);
  return program({...outputs, lambda: ops.subtract(lambda, change)});
}

/** The pieces of all parts, in the shape of the picked images, and in that of the targets if there are any. */
function piecesOf(
  graph: Graph,
  picked: Value,
  targets: Value | undefined,
): {readonly byPicked: Value; readonly byTargets?: Value} {
  if (targets === undefined) return {byPicked: graph.input('pieces', picked.shape)};
  const [count, classes] = targets.shape as [number, number];
  const length = sizeOf(picked.shape) / count;
  const pieces = graph.input('pieces', [count, length + classes]);
  return {
    byPicked: ops.reshape(ops.slice(pieces, [0, 0], [count, length]), picked.shape),
    byTargets: ops.slice(pieces, [0, length], [count, classes]),
  };
}

/** All numbers of an image in a row. */
function rowsOf(images: Value): Value {
  const [count] = images.shape as [number];
  return ops.reshape(images, [count, sizeOf(images.shape) / count]);
}

/** The last number of a vector []. */
function lastOf(sums: Value): Value {
  return ops.reshape(ops.slice(sums, [sizeOf(sums.shape) - 1], [1]), []);
}
