import type {Engine, Executable, Tensor} from '../../tensor/engine.ts';
import type {Graph} from '../../tensor/graph.ts';
import type {Value} from '../../tensor/value.ts';
import * as ops from '../../tensor/ops.ts';
import {program, type Program} from '../../tensor/program.ts';
import {parseStrategy} from '../augmentation/strategy.ts';
import {perBatchShape, type BatchSource} from '../batches/batch-source.ts';
import {drawnBatches, type DrawnBatch, type DrawnValues} from '../batches/drawn-batches.ts';
import {EngineImages} from '../batches/engine-images.ts';
import {Picking} from '../batches/picking.ts';
import {noCanvas} from '../data/canvas.ts';
import type {FloatSplit} from '../data/float-split.ts';
import {splitParams, statisticsSize, type Model} from '../models/model.ts';
import {Random} from '../random.ts';
import {chunksOf} from '../batches/chunks-of.ts';
import {SharedTotals} from './shared-totals.ts';
import {addToTotals} from './totals.ts';

/** The performance of a network on labelled images, without augmentation. */
export interface Performance {
  /** Fraction classified correctly, 0 … 1. */
  readonly accuracy: number;
  /** Mean cross-entropy. */
  readonly loss: number;
}

/** A network on the engine: its parameters, and the running statistics of its batch normalisations if it has any. */
export interface TrainedNetwork {
  /** [D] */
  readonly theta: Tensor;
  /** See `Trainer.statistics`. */
  readonly statistics?: Tensor | undefined;
}

/** Evaluates any θ of a model on any images; compiled once. Those that it saw last may stay on the engine. */
export class Classifier {
  readonly #engine: Engine;
  readonly #picking: Picking;
  readonly #images: EngineImages;
  readonly #source: BatchSource<DrawnBatch, DrawnValues>;
  readonly #forward: (batch: DrawnBatch) => Executable<'totals'>;

  constructor(engine: Engine, model: Model) {
    this.#engine = engine;
    this.#images = new EngineImages(engine, model.input);
    const strategy = parseStrategy('none');
    this.#picking = new Picking({model, batch: testBatch, canvas: noCanvas, strategy});
    this.#source = drawnBatches(model);
    this.#forward = perBatchShape(engine, this.#source, (graph, seen) =>
      forwardProgram(model, graph, seen),
    );
  }

  /**
   * Evaluates a network, which stays the caller's. Waits for the engine once, at the end. Several engines share the
   * images.
   */
  async test({theta, statistics}: TrainedNetwork, split: FloatSplit): Promise<Performance> {
    const engine = this.#engine;
    const random = new Random(0); // Nothing is drawn from it.
    const running = statistics === undefined ? {} : {running: statistics};
    const all = Int32Array.from({length: split.count}, (_, i) => i);
    const totals = new SharedTotals(engine);
    for (const indices of chunksOf(all, testBatch)) {
      const taken = this.#images.take(split, indices);
      const batch = this.#picking.upload(engine, taken, {window: random, augment: random});
      const inputs = {...this.#source.inputsOf(batch), theta, ...running};
      const added = totals.add(this.#forward(batch), inputs);
      batch.row.dispose();
      taken.free();
      await added;
    }
    const {loss, correct} = await totals.take();
    return {accuracy: correct / split.count, loss: loss / split.count};
  }

  /** Frees the images that stayed. */
  dispose(): void {
    this.#images.dispose();
  }
}

/** Images per forward pass; the result does not depend on it. */
const testBatch = 250;

/** Adds the performance on a batch to the totals. Networks with batch normalisation also take `running`. */
function forwardProgram(model: Model, graph: Graph, seen: DrawnValues): Program<'totals'> {
  const params = splitParams(model, graph.input('theta', [model.parameterCount]));
  const {logits} = model.apply(params, seen.images, runningStatistics(graph, model));
  return program({totals: addToTotals(graph.input('totals', [2]), {logits, seen})});
}

function runningStatistics(
  graph: Graph,
  model: Model,
): readonly {readonly mean: Value; readonly variance: Value}[] {
  const all = graph.input('running', [statisticsSize(model)]);
  let offset = 0;
  const take = (channels: number): Value => {
    const part = ops.slice(all, [offset], [channels]);
    offset += channels;
    return part;
  };
  return model.statistics.map(({channels}) => ({mean: take(channels), variance: take(channels)}));
}
