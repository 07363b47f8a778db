/** One step of SGD with momentum and weight decay. */
import type {Engine, Tensor} from '../../tensor/engine.ts';
import {gradient} from '../../tensor/gradient.ts';
import {Graph} from '../../tensor/graph.ts';
import * as ops from '../../tensor/ops.ts';
import {program, type Program} from '../../tensor/program.ts';
import {crossEntropy} from './loss.ts';
import {sgd} from './sgd.ts';
import {joinParams, splitParams, type Model} from '../models/model.ts';
import {perShape} from '../per-shape.ts';

export interface SgdOptions {
  readonly momentum: number;
  readonly weightDecay: number;
}

/** The state between two steps; the caller owns both tensors. */
export interface TrainingState {
  /** [D] */
  readonly theta: Tensor;
  /** The momentum buffer [D]. */
  readonly velocity: Tensor;
}

export interface TrainedStep extends TrainingState {
  /** Mean cross-entropy of the batch before the step []. */
  readonly loss: Tensor;
  /** [batch, classes], before the step. */
  readonly logits: Tensor;
  /** Only with batch normalisation: mean and unbiased variance of each, one after the other [Σ 2·channels]. */
  readonly statistics?: Tensor;
}

/** v ← μv + (g + wθ), θ ← θ − ηv. The caller keeps its inputs and owns the results. */
export type TrainStep = (
  state: TrainingState,
  batch: {readonly images: Tensor; readonly targets: Tensor},
  learningRate: Tensor,
) => TrainedStep;

/** The training step of a model, for batches of any size. */
export function createTrainStep(engine: Engine, model: Model, options: SgdOptions): TrainStep {
  const compiled = perShape(engine, (batch: number) => stepProgram(model, {...options, batch}));
  return (state, {images, targets}, learningRate) =>
    compiled(images.shape[0]!).run({
      // Without momentum the buffer is not part of the program.
      theta: state.theta,
      velocity: state.velocity,
      images,
      targets,
      learningRate,
    });
}

type Outputs = keyof TrainingState | 'loss' | 'logits';
type Inputs = keyof TrainingState | 'images' | 'targets' | 'learningRate';

function stepProgram(
  model: Model,
  {batch, momentum, weightDecay}: SgdOptions & {readonly batch: number},
): Program<Outputs, Inputs> | Program<Outputs | 'statistics', Inputs> {
  const graph = new Graph();
  const {height, width, channels} = model.input;
  const theta = graph.input('theta', [model.parameterCount]);
  const velocity = graph.input('velocity', [model.parameterCount]);
  const images = graph.input('images', [batch, height, width, channels]);
  const targets = graph.input('targets', [batch, model.classes]);
  const params = splitParams(model, theta);
  const {logits, batchStatistics} = model.apply(params, images);
  const loss = crossEntropy(logits, targets);
  const g = ops.add(joinParams(gradient(loss, params)), ops.multiply(theta, weightDecay));
  const moved = sgd(
    {value: theta, velocity, gradient: g},
    {momentum, rate: graph.input('learningRate', [])},
  );
  const outputs = {theta: moved.value, velocity: moved.velocity, loss, logits};
  if (batchStatistics.length === 0) return program(outputs);
  const statistics = batchStatistics.flatMap(({mean, variance}) => [mean, variance]);
  return program({...outputs, statistics: joinParams(statistics)});
}
