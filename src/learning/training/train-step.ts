/** One step of SGD with momentum and weight decay. */
import type {Engine, Tensor} from '../../tensor/engine.ts';
import {gradient} from '../../tensor/gradient.ts';
import {Graph} from '../../tensor/graph.ts';
import * as ops from '../../tensor/ops.ts';
import {program, type Program} from '../../tensor/program.ts';
import type {Value} from '../../tensor/value.ts';
import {perBatch, type BatchSource} from '../batches/batch-source.ts';
import {drawnBatches, type DrawnBatch, type DrawnValues} from '../batches/drawn-batches.ts';
import {perPart, type PartOutputs} from '../batches/part-runs.ts';
import {joinParams, splitParams, type ForwardPass, type Model} from '../models/model.ts';
import {perShape} from '../per-shape.ts';
import {crossEntropy, shareOf} from './loss.ts';
import {sgd, type SgdUpdate} from './sgd.ts';
import {addToTotals, totalsOf} from './totals.ts';

export interface SgdOptions {
  readonly momentum: number;
  readonly weightDecay: number;
}

/** The state between two steps; the caller owns all tensors. */
export interface TrainingState {
  /** [D] */
  readonly theta: Tensor;
  /** The momentum buffer [D]. */
  readonly velocity: Tensor;
  /** Loss and accuracy before each step, see `totals.ts` [2]. */
  readonly totals: Tensor;
  /**
   * Running mean and unbiased variance of each batch normalisation, one after the other [Σ 2·channels]; absent for
   * networks without any.
   */
  readonly statistics?: Tensor;
}

/** v ← μv + (g + wθ), θ ← θ − ηv. The caller keeps its inputs and owns the results. */
export type TrainStep = (
  state: TrainingState,
  batch: DrawnBatch,
  learningRate: Tensor,
) => TrainingState;

/** The same, of batches in parts: it waits for the engines that share them. */
export type DividedTrainStep = (
  state: TrainingState,
  batch: DrawnBatch,
  learningRate: Tensor,
) => Promise<TrainingState>;

/** The options of a step, and the source of its batches. Absent: batches whose targets are those of their images. */
export type StepOptions = SgdOptions & {
  readonly source?: BatchSource<DrawnBatch, DrawnValues> | undefined;
};

/** The training step of a model, for batches of any size, which it computes as a whole. */
export function createTrainStep(
  engine: Engine,
  model: Model,
  {source = drawnBatches(model), ...options}: StepOptions,
): TrainStep {
  const step = perBatch(engine, source, (graph, seen) =>
    stepProgram(model, graph, {...options, seen}),
  );
  // Without momentum the buffer is not part of the program.
  return (state, batch, learningRate) => step(batch, {...state, learningRate});
}

/** The training step of a model, which computes each batch in the parts that it has. */
export function createDividedTrainStep(
  engine: Engine,
  model: Model,
  {source = drawnBatches(model), ...options}: StepOptions,
): DividedTrainStep {
  const whole = createTrainStep(engine, model, {source, ...options});
  const partial = perPart(engine, source, (graph, seen) => partSums(model, graph, seen));
  const finish = perShape(engine, (size: number) => finishProgram(size, options));
  return async (state, batch, learningRate) => {
    const {parts} = batch;
    if (parts === undefined) return whole(state, batch, learningRate);
    const {sums} = await partial(parts, {theta: state.theta});
    const result = finish(model.parameterCount).run({...state, learningRate, sums});
    sums.dispose();
    return result;
  };
}

type Always = 'theta' | 'velocity' | 'totals';

function stepProgram(
  model: Model,
  graph: Graph,
  {seen, ...options}: SgdOptions & {readonly seen: DrawnValues},
):
  | Program<Always, Always | 'learningRate'>
  | Program<Always | 'statistics', Always | 'learningRate'> {
  const theta = graph.input('theta', [model.parameterCount]);
  const velocity = graph.input('velocity', [model.parameterCount]);
  const params = splitParams(model, theta);
  const {logits, batchStatistics} = model.apply(params, seen.images);
  const loss = crossEntropy(logits, seen.targets);
  const byTheta = joinParams(gradient(loss, params));
  const moved = update(graph, {theta, velocity, byTheta}, options);
  const totals = addToTotals(graph.input('totals', [2]), {logits, seen});
  const outputs = {theta: moved.value, velocity: moved.velocity, totals};
  if (batchStatistics.length === 0) return program(outputs);
  const measured = joinParams(batchStatistics.flatMap(meanAndVariance));
  return program({...outputs, statistics: blend(graph, measured)});
}

/** The update within a program: weight decay is added to the gradient, and then momentum. */
export function update(
  graph: Graph,
  {theta, velocity, byTheta}: Readonly<Record<'theta' | 'velocity' | 'byTheta', Value>>,
  {momentum, weightDecay}: SgdOptions,
): SgdUpdate {
  const g = ops.add(byTheta, ops.multiply(theta, weightDecay));
  return sgd(
    {value: theta, velocity, gradient: g},
    {momentum, rate: graph.input('learningRate', [])},
  );
}

/**
 * Of a part of a batch: its share of the gradient, its totals, and mean and variance of each batch normalisation
 * [D + 2 + Σ 2·channels].
 */
export function partSums(model: Model, graph: Graph, seen: DrawnValues): PartOutputs {
  const params = splitParams(model, graph.input('theta', [model.parameterCount]));
  const {logits, batchStatistics} = model.apply(params, seen.images);
  const loss = crossEntropy(logits, seen.targets);
  const byTheta = gradient(shareOf(loss, seen.share), params);
  const totals = totalsOf({logits, seen});
  return {sums: joinParams([...byTheta, totals, ...batchStatistics.flatMap(meanAndVariance)])};
}

/** The update of a batch whose parts were added. */
function finishProgram(
  size: number,
  options: SgdOptions,
): Program<Always, Always | 'learningRate' | 'sums'> {
  const graph = new Graph();
  const [theta, velocity] = [graph.input('theta', [size]), graph.input('velocity', [size])];
  const sums = graph.input('sums', [size + 2]);
  const moved = update(graph, {theta, velocity, byTheta: ops.slice(sums, [0], [size])}, options);
  const totals = ops.add(graph.input('totals', [2]), ops.slice(sums, [size], [2]));
  return program({theta: moved.value, velocity: moved.velocity, totals});
}

/** Weight of the newest batch in running statistics; PyTorch's default. */
const statisticsMomentum = 0.1;

/** Running statistics, moved towards those of a batch. */
export function blend(graph: Graph, measured: Value): Value {
  const running = graph.input('statistics', measured.shape);
  return ops.add(running, ops.multiply(ops.subtract(measured, running), statisticsMomentum));
}

function meanAndVariance({
  mean,
  variance,
}: ForwardPass['batchStatistics'][number]): readonly [Value, Value] {
  return [mean, variance];
}
