import type {Engine, Tensor} from '../../tensor/engine.ts';
import type {Augmenter} from '../augmentation/augmenter.ts';
import {applyDc, drawDc, type TrainingStrategy} from '../augmentation/dc.ts';
import {drawAugmentation} from '../augmentation/strategy.ts';
import {chunksOf, countCorrect, disposeBatch, uploadBatch, type Batch} from './batches.ts';
import type {FloatSplit} from '../data/float-split.ts';
import {cutWindows, type Canvas} from '../data/canvas.ts';
import type {Model} from '../models/model.ts';
import type {Random} from '../random.ts';
import {createTrainStep, type SgdOptions, type TrainStep} from './train-step.ts';

/** Measurements over one epoch, on augmented batches, each before its update. */
export interface EpochResult {
  readonly loss: number;
  readonly accuracy: number;
}

/** Progress within an epoch: what another trainer in the same state needs to continue it. */
export interface EpochProgress {
  /** Number of batches done. */
  readonly batches: number;
  /** The sum of the losses of the images seen, and the number classified correctly. */
  readonly loss: number;
  readonly correct: number;
}

export interface EpochOptions {
  /** The stream of the images' order and of the draws for each batch. */
  readonly random: Random;
  readonly learningRate: number;
  /** The batch to continue at; absent: the first. */
  readonly from?: EpochProgress | undefined;
  /** Called after every batch but the last. */
  readonly onBatch?:
    ((progress: EpochProgress, ofBatches: number) => void | Promise<void>) | undefined;
}

/**
 * Trains one network on labelled images by SGD, one epoch at a time. Holds θ, the momentum buffer and, for networks
 * with batch normalisation, its running statistics; dispose it.
 */
export class Trainer {
  readonly #engine: Engine;
  readonly #model: Model;
  readonly #options: TrainerOptions;
  readonly #step: TrainStep;
  #theta: Tensor;
  #velocity: Tensor;
  #running: Float32Array;

  /** @param theta the initial parameters [D]; `statistics` and the momentum buffer continue from the given ones */
  constructor(
    engine: Engine,
    model: Model,
    {theta, statistics, velocity, ...options}: TrainerSetup,
  ) {
    this.#engine = engine;
    this.#model = model;
    this.#options = options;
    this.#step = createTrainStep(engine, model, options);
    this.#theta = engine.upload(theta, [theta.length]);
    this.#velocity = engine.upload(velocity ?? new Float32Array(theta.length), [theta.length]);
    this.#running = statistics ?? initialStatistics(model);
  }

  /** θ, on the engine; the trainer owns it. */
  get theta(): Tensor {
    return this.#theta;
  }

  /** Running mean and variance of each batch normalisation, one after the other; empty for networks without any. */
  get statistics(): Float32Array {
    return this.#running;
  }

  async readTheta(): Promise<Float32Array> {
    return this.#engine.read(this.#theta);
  }

  /** The momentum buffer [D]; `undefined` without momentum, since nothing depends on it. */
  async readVelocity(): Promise<Float32Array | undefined> {
    return this.#options.momentum === 0 ? undefined : this.#engine.read(this.#velocity);
  }

  /** Clears the momentum, as a new optimiser does. */
  resetMomentum(): void {
    this.#velocity.dispose();
    const size = this.#model.parameterCount;
    this.#velocity = this.#engine.upload(new Float32Array(size), [size]);
  }

  /** Passes over all images once, in random order. */
  async epoch(
    split: FloatSplit,
    {random, learningRate, from = {batches: 0, loss: 0, correct: 0}, onBatch}: EpochOptions,
  ): Promise<EpochResult> {
    const rate = this.#engine.upload(Float32Array.of(learningRate), []);
    const order = random.at('order').permutation(split.count);
    const chunks = chunksOf(order, this.#options.batch);
    let {loss, correct} = from;
    try {
      for (let i = from.batches; i < chunks.length; i++) {
        const indices = chunks[i]!;
        const seen = this.#seen(split, indices, random.at('window', i));
        const batch = this.#augmentedBatch(seen.split, seen.indices, random.at('augment', i));
        const result = await this.#update(batch, rate);
        disposeBatch(batch);
        loss += result.loss * indices.length;
        const labels = Array.from(seen.indices, (index) => seen.split.labels[index]!);
        correct += (countCorrect(result.logits, labels) * indices.length) / labels.length;
        const batches = i + 1;
        if (batches < chunks.length) await onBatch?.({batches, loss, correct}, chunks.length);
      }
    } finally {
      rate.dispose();
    }
    return {loss: loss / split.count, accuracy: correct / split.count};
  }

  dispose(): void {
    this.#theta.dispose();
    this.#velocity.dispose();
  }

  /** The images at these indices, or windows of them. */
  #seen(
    split: FloatSplit,
    indices: Int32Array,
    random: Random,
  ): {readonly split: FloatSplit; readonly indices: Int32Array} {
    const {canvas} = this.#options;
    if (canvas === undefined) return {split, indices};
    const windows = cutWindows(split, {indices, canvas, shape: this.#model.input, random});
    return {split: windows, indices: Int32Array.from({length: windows.count}, (_, i) => i)};
  }

  #augmentedBatch(split: FloatSplit, indices: Int32Array, random: Random): Batch {
    const {input: shape, classes} = this.#model;
    const {strategy, augmenter} = this.#options;
    if (strategy.pipeline === 'dc') {
      const draws = Array.from(indices, (_, i) => drawDc(strategy, random.at(i), shape));
      const change = (images: Float32Array): void => applyDc(images, draws, shape);
      return uploadBatch(this.#engine, split, {indices, shape, classes, change});
    }
    const raw = uploadBatch(this.#engine, split, {indices, shape, classes});
    const draws = drawAugmentation(strategy, {random, count: indices.length, shape});
    const images = augmenter.apply(raw.images, draws);
    if (images !== raw.images) raw.images.dispose();
    return {images, targets: raw.targets};
  }

  async #update(
    batch: {readonly images: Tensor; readonly targets: Tensor},
    rate: Tensor,
  ): Promise<{readonly loss: number; readonly logits: Float32Array}> {
    const state = {theta: this.#theta, velocity: this.#velocity};
    const {theta, velocity, loss, logits, statistics} = this.#step(state, batch, rate);
    state.theta.dispose();
    state.velocity.dispose();
    this.#theta = theta;
    this.#velocity = velocity;
    const results = [loss, logits, ...(statistics === undefined ? [] : [statistics])];
    const [read, seen, measured] = await Promise.all(
      results.map((tensor) => this.#engine.read(tensor)),
    );
    for (const tensor of results) tensor.dispose();
    if (measured !== undefined) this.#running = blend(this.#running, measured);
    return {loss: read![0]!, logits: seen!};
  }
}

export interface TrainerOptions extends SgdOptions {
  /** Images per update; the last batch of an epoch may have fewer. */
  readonly batch: number;
  readonly strategy: TrainingStrategy;
  readonly augmenter: Augmenter;
  /** Absent: networks see whole images. Otherwise images are canvases, and networks see windows of them. */
  readonly canvas?: Canvas | undefined;
}

/** A trainer's options, and its initial state. */
interface TrainerSetup extends TrainerOptions {
  readonly theta: Float32Array;
  readonly statistics?: Float32Array | undefined;
  readonly velocity?: Float32Array | undefined;
}

/** Weight of the newest batch in running statistics; PyTorch's default. */
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
