import type {Engine, Executable, Tensor} from '../../tensor/engine.ts';
import {Graph} from '../../tensor/graph.ts';
import type {Value} from '../../tensor/value.ts';
import * as ops from '../../tensor/ops.ts';
import {program, type Program} from '../../tensor/program.ts';
import {chunksOf, countCorrect, disposeBatch, uploadBatch} from './batches.ts';
import type {FloatSplit} from '../data/float-split.ts';
import {crossEntropy} from './loss.ts';
import {splitParams, type Model} from '../models/model.ts';
import {perShape} from '../per-shape.ts';

/** The performance of a network on labelled images, without augmentation. */
export interface Performance {
  /** Fraction classified correctly, 0 … 1. */
  readonly accuracy: number;
  /** Mean cross-entropy. */
  readonly loss: number;
}

/** Evaluates any θ of a model on any images; compiled once. */
export class Classifier {
  readonly #engine: Engine;
  readonly #model: Model;
  readonly #forward: (batch: number) => Executable<Outputs, Inputs>;

  constructor(engine: Engine, model: Model) {
    this.#engine = engine;
    this.#model = model;
    this.#forward = perShape(engine, (batch: number) => forwardProgram(model, batch));
  }

  /**
   * Evaluates a network.
   *
   * @param theta stays the caller's
   * @param statistics running statistics of the batch normalisations, as `Trainer.statistics` has them
   * @param onBatch called with the number of images done, between batches
   */
  async test(
    {theta, statistics}: {readonly theta: Tensor; readonly statistics: Float32Array},
    split: FloatSplit,
    onBatch: (done: number) => void = () => undefined,
  ): Promise<Performance> {
    const {input: shape, classes} = this.#model;
    const running =
      statistics.length > 0 ? {running: this.#engine.upload(statistics, [statistics.length])} : {};
    const all = Int32Array.from({length: split.count}, (_, i) => i);
    let [correct, loss, done] = [0, 0, 0];
    for (const indices of chunksOf(all, testBatch)) {
      const batch = uploadBatch(this.#engine, split, {indices, shape, classes});
      const results = this.#forward(indices.length).run({theta, ...running, ...batch});
      const [logits, losses] = await Promise.all([
        this.#engine.read(results.logits),
        this.#engine.read(results.loss),
      ]);
      loss += losses[0]! * indices.length;
      correct += countCorrect(logits, split.labels.subarray(done, done + indices.length));
      for (const tensor of Object.values(results)) tensor.dispose();
      disposeBatch(batch);
      done += indices.length;
      onBatch(done);
    }
    running.running?.dispose();
    return {accuracy: correct / split.count, loss: loss / split.count};
  }
}

/** Images per forward pass; the result does not depend on it. */
const testBatch = 250;

type Outputs = 'logits' | 'loss';
/** Networks with batch normalisation also take `running`. */
type Inputs = 'theta' | 'images' | 'targets';

/** Logits and loss of a batch. */
function forwardProgram(model: Model, batch: number): Program<Outputs, Inputs> {
  const {height, width, channels} = model.input;
  const graph = new Graph();
  const images = graph.input('images', [batch, height, width, channels]);
  const params = splitParams(model, graph.input('theta', [model.parameterCount]));
  const {logits} = model.apply(params, images, runningStatistics(graph, model));
  const loss = crossEntropy(logits, graph.input('targets', [batch, model.classes]));
  return program({logits, loss});
}

function runningStatistics(
  graph: Graph,
  {statistics}: Model,
): readonly {readonly mean: Value; readonly variance: Value}[] {
  const size = 2 * statistics.reduce((sum, {channels}) => sum + channels, 0);
  const all = graph.input('running', [size]);
  let offset = 0;
  const take = (channels: number): Value => {
    const part = ops.slice(all, [offset], [channels]);
    offset += channels;
    return part;
  };
  return statistics.map(({channels}) => ({mean: take(channels), variance: take(channels)}));
}
