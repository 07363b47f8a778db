import type {Engine, Tensor} from '../tensor/engine.ts';
import type {Augmenter} from './augmentation/augmenter.ts';
import {drawAugmentation, type Strategy} from './augmentation/strategy.ts';
import {chunksOf, countCorrect, disposeBatch, uploadBatch, type FloatSplit} from './batches.ts';
import type {Model} from './models/model.ts';
import type {Random} from './random.ts';
import {createTrainStep, type SgdOptions, type TrainStep} from './train-step.ts';

/** What was measured over one epoch, on augmented batches, each before its update. */
export interface EpochResult {
  readonly loss: number;
  readonly accuracy: number;
}

/**
 * Trains one network on labelled images by SGD, an epoch at a time. Holds θ, the momentum buffer and, for networks with
 * batch normalisation, its running statistics; dispose it.
 */
export class Trainer {
  readonly #engine: Engine;
  readonly #model: Model;
  readonly #options: TrainerOptions;
  readonly #steps = new Map<number, TrainStep>();
  #theta: Tensor;
  #velocity: Tensor;
  #running: Float32Array;

  /** @param theta the initial parameters [D]; `statistics` go on from those given */
  constructor(
    engine: Engine,
    model: Model,
    {
      theta,
      statistics,
      ...options
    }: TrainerOptions & {readonly theta: Float32Array; readonly statistics?: Float32Array},
  ) {
    this.#engine = engine;
    this.#model = model;
    this.#options = options;
    this.#theta = engine.upload(theta, [theta.length]);
    this.#velocity = engine.upload(new Float32Array(theta.length), [theta.length]);
    this.#running = statistics ?? initialStatistics(model);
  }

  /** θ, where the engine computes: still the trainer's. */
  get theta(): Tensor {
    return this.#theta;
  }

  /** Running mean and variance of each batch normalisation, one after the other; empty for networks without. */
  get statistics(): Float32Array {
    return this.#running;
  }

  async readTheta(): Promise<Float32Array> {
    return this.#engine.read(this.#theta);
  }

  /** Forgets the momentum, as a fresh optimiser does. */
  resetMomentum(): void {
    this.#velocity.dispose();
    const size = this.#model.parameterCount;
    this.#velocity = this.#engine.upload(new Float32Array(size), [size]);
  }

  /** Passes over all images once, in random order. */
  async epoch(
    split: FloatSplit,
    {random, learningRate}: {random: Random; learningRate: number},
  ): Promise<EpochResult> {
    const {batch, strategy, augmenter} = this.#options;
    const rate = this.#engine.upload(Float32Array.of(learningRate), []);
    const order = random.at('order').permutation(split.count);
    let [loss, correct] = [0, 0];
    for (const [i, indices] of chunksOf(order, batch).entries()) {
      const {input: shape, classes} = this.#model;
      const raw = uploadBatch(this.#engine, split, {indices, shape, classes});
      const draws = drawAugmentation(strategy, {
        random: random.at('augment', i),
        count: indices.length,
        shape,
      });
      const images = augmenter.apply(raw.images, draws);
      const result = await this.#update({images, targets: raw.targets}, rate);
      if (images !== raw.images) images.dispose();
      disposeBatch(raw);
      loss += result.loss * indices.length;
      correct += countCorrect(
        result.logits,
        Array.from(indices, (index) => split.labels[index]!),
      );
    }
    rate.dispose();
    return {loss: loss / split.count, accuracy: correct / split.count};
  }

  dispose(): void {
    this.#theta.dispose();
    this.#velocity.dispose();
  }

  async #update(
    batch: {readonly images: Tensor; readonly targets: Tensor},
    rate: Tensor,
  ): Promise<{readonly loss: number; readonly logits: Float32Array}> {
    const state = {theta: this.#theta, velocity: this.#velocity};
    const {theta, velocity, loss, logits, statistics} = this.#stepFor(batch.images.shape[0]!)(
      state,
      batch,
      rate,
    );
    state.theta.dispose();
    state.velocity.dispose();
    this.#theta = theta;
    this.#velocity = velocity;
    const read = {
      loss: (await this.#engine.read(loss))[0]!,
      logits: await this.#engine.read(logits),
    };
    loss.dispose();
    logits.dispose();
    if (statistics !== undefined) {
      this.#running = blend(this.#running, await this.#engine.read(statistics));
      statistics.dispose();
    }
    return read;
  }

  #stepFor(batch: number): TrainStep {
    const known = this.#steps.get(batch);
    if (known !== undefined) return known;
    const {momentum, weightDecay} = this.#options;
    const compiled = createTrainStep(this.#engine, this.#model, {batch, momentum, weightDecay});
    this.#steps.set(batch, compiled);
    return compiled;
  }
}

export interface TrainerOptions extends SgdOptions {
  /** Images an update; the last of an epoch may see fewer. */
  readonly batch: number;
  readonly strategy: Strategy;
  readonly augmenter: Augmenter;
}

/** Share of the newest batch in running statistics; PyTorch's default. */
const statisticsMomentum = 0.1;

function blend(running: Float32Array, batch: Float32Array): Float32Array {
  return running.map((value, i) => value + statisticsMomentum * (batch[i]! - value));
}

/** Mean 0 and variance 1, as PyTorch starts. */
function initialStatistics({statistics}: Model): Float32Array {
  return Float32Array.from(
    statistics.flatMap(({channels}) => [
      ...Array.from({length: channels}, () => 0),
      ...Array.from({length: channels}, () => 1),
    ]),
  );
}
