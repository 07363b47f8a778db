import type {Engine, Tensor} from '../../../tensor/engine.ts';
import type {Strategy} from '../../augmentation/strategy.ts';
import {chunksOf} from '../../batches/chunks-of.ts';
import {disposeRows, type DrawnBatch, type ImageTensors} from '../../batches/drawn-batches.ts';
import {Picking} from '../../batches/picking.ts';
import type {Canvas} from '../../data/canvas.ts';
import type {Model} from '../../models/model.ts';
import type {Random} from '../../random.ts';
import {Backlog} from '../../training/backlog.ts';
import {uploadTotals} from '../../training/totals.ts';
import {createDividedTrainStep, type TrainingState} from '../../training/train-step.ts';

export interface SetTrainingOptions {
  readonly model: Model;
  readonly canvas: Canvas;
  readonly strategy: Strategy;
  /** Passes over the set, at least one. */
  readonly epochs: number;
  /** Images, or canvases, of an update. */
  readonly batch: number;
  readonly learningRate: number;
  /** The fewest pixels of a part of a batch, see `partSizes`. Absent: batches stay whole. */
  readonly partPixels?: number | undefined;
}

/** Trains a network on the synthetic set by plain SGD. Gives the new θ [D], which the caller owns, and keeps nothing. */
export type SetTraining = (theta: Tensor, set: ImageTensors, random: Random) => Promise<Tensor>;

/** Neither momentum nor weight decay, as in the authors' program. */
const plain = {momentum: 0, weightDecay: 0};

export function createSetTraining(engine: Engine, options: SetTrainingOptions): SetTraining {
  const {model, epochs, batch, learningRate} = options;
  const step = createDividedTrainStep(engine, model, plain);
  const picking = new Picking(options);
  return async (theta, set, random) => {
    const rate = engine.upload(Float32Array.of(learningRate), []);
    const backlog = new Backlog(engine);
    let state: TrainingState = {
      theta,
      velocity: engine.upload(new Float32Array(model.parameterCount), theta.shape),
      totals: uploadTotals(engine, {loss: 0, correct: 0}),
    };
    for (const drawn of batchesOf(random)) {
      const before = state;
      state = await step(before, drawn, rate);
      disposeRows(drawn);
      before.velocity.dispose();
      if (before.theta !== theta) before.theta.dispose();
      await backlog.add(before.totals);
    }
    for (const tensor of [rate, state.velocity, state.totals]) tensor.dispose();
    return state.theta;

    function* batchesOf(draws: Random): Generator<DrawnBatch> {
      const count = set.images.shape[0]!;
      for (let epoch = 0; epoch < epochs; epoch++) {
        const ofEpoch = draws.at(epoch);
        for (const [i, indices] of chunksOf(
          ofEpoch.at('order').permutation(count),
          batch,
        ).entries()) {
          const streams = {window: ofEpoch.at('window', i), augment: ofEpoch.at('augment', i)};
          yield picking.upload(engine, {...set, indices}, streams);
        }
      }
    }
  };
}
