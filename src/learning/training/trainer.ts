import type {Engine, Tensor} from '../../tensor/engine.ts';
import {applyDc, drawDc, type TrainingStrategy} from '../augmentation/dc.ts';
import {parseStrategy} from '../augmentation/strategy.ts';
import {EngineImages, type TakenImages} from '../batches/engine-images.ts';
import {disposeRows} from '../batches/drawn-batches.ts';
import {usualPartPixels} from '../../base/part-count.ts';
import {Picking, type BatchStreams} from '../batches/picking.ts';
import {canvasShape, cutWindows, noCanvas, showsWindows, type Canvas} from '../data/canvas.ts';
import type {TrainingSplit} from '../data/float-split.ts';
import type {Model} from '../models/model.ts';
import type {Random} from '../random.ts';
import {Backlog} from './backlog.ts';
import {chunksOf} from '../batches/chunks-of.ts';
import {createFlatStep, type Flatness} from './flat-step.ts';
import {
  taughtBatches,
  uploadTeacher,
  type TeacherNetworks,
  type TeacherTensors,
} from './taught-batches.ts';
import {readTotals, uploadTotals, type Totals} from './totals.ts';
import {
  createDividedTrainStep,
  type DividedTrainStep,
  type SgdOptions,
  type TrainingState,
} from './train-step.ts';

/** Measurements over one epoch, on augmented batches, each before its update. */
export interface EpochResult {
  readonly loss: number;
  readonly accuracy: number;
}

/** Progress within an epoch: what another trainer in the same state needs to continue it. */
export interface EpochProgress extends Totals {
  /** Number of batches done. */
  readonly batches: number;
}

/**
 * Called between two batches.
 *
 * @param batches number of batches done
 * @param progress waits for the engine: ask only when it is needed
 */
export type OnBatch = (
  batches: number,
  ofBatches: number,
  progress: () => Promise<EpochProgress>,
) => void | Promise<void>;

export interface EpochOptions {
  /** The stream of the images' order and of the draws for each batch. */
  readonly random: Random;
  readonly learningRate: number;
  /** The batch to continue at; absent: the first. */
  readonly from?: EpochProgress | undefined;
  readonly onBatch?: OnBatch | undefined;
}

/**
 * Trains one network on labelled images by SGD, one epoch at a time. Holds θ, the momentum buffer and, for networks
 * with batch normalisation, its running statistics; dispose it.
 */
export class Trainer {
  readonly #engine: Engine;
  readonly #model: Model;
  readonly #options: TrainerOptions;
  readonly #canvas: Canvas;
  readonly #images: EngineImages;
  readonly #picking: Picking;
  readonly #teacher: TeacherTensors | undefined;
  readonly #step: DividedTrainStep;
  #network: NetworkState;

  /** @param theta the initial parameters [D]; `statistics` and the momentum buffer continue from the given ones */
  constructor(
    engine: Engine,
    model: Model,
    {theta, statistics, velocity, ...options}: TrainerSetup,
  ) {
    const {canvas = noCanvas, partPixels = usualPartPixels} = options;
    this.#engine = engine;
    this.#model = model;
    this.#options = options;
    this.#canvas = canvas;
    const {images, picking} = batchesOf(engine, model, {...options, canvas, partPixels});
    this.#images = images;
    this.#picking = picking;
    const {flat, teacher} = options;
    this.#teacher = teacher && uploadTeacher(engine, teacher);
    const source = this.#teacher && taughtBatches(model, this.#teacher);
    this.#step =
      flat === undefined
        ? createDividedTrainStep(engine, model, {...options, source})
        : createFlatStep(engine, model, {...options, source, flat});
    this.#network = this.#begin({theta, statistics, velocity});
  }

  /** θ, on the engine; the trainer owns it. */
  get theta(): Tensor {
    return this.#network.theta;
  }

  /**
   * Running mean and variance of each batch normalisation, one after the other, on the engine; the trainer owns them.
   * Absent for networks without any.
   */
  get statistics(): Tensor | undefined {
    return this.#network.statistics;
  }

  /** Reads all that another trainer continues from. */
  async readNetwork(): Promise<NetworkNumbers> {
    const {theta, velocity, statistics} = this.#network;
    const hasMomentum = this.#options.momentum !== 0;
    const [atTheta, atVelocity, measured] = await Promise.all([
      this.#engine.read(theta),
      hasMomentum ? this.#engine.read(velocity) : undefined,
      statistics === undefined ? new Float32Array() : this.#engine.read(statistics),
    ]);
    return {theta: atTheta, velocity: atVelocity, statistics: measured};
  }

  /** Clears the momentum, as a new optimiser does. */
  resetMomentum(): void {
    this.#network.velocity.dispose();
    const size = this.#model.parameterCount;
    const velocity = this.#engine.upload(new Float32Array(size), [size]);
    this.#network = {...this.#network, velocity};
  }

  /**
   * Passes over all images once, in random order. Resolves when the engine was asked for all of it, which it may still be
   * computing; another epoch can be asked for then. `result` waits for the engine.
   */
  async epoch(
    split: TrainingSplit,
    {random, learningRate, from = {batches: 0, loss: 0, correct: 0}, onBatch}: EpochOptions,
  ): Promise<{readonly result: Promise<EpochResult>}> {
    const rate = this.#engine.upload(Float32Array.of(learningRate), []);
    const order = random.at('order').permutation(split.count);
    const chunks = chunksOf(order, this.#options.batch);
    const backlog = new Backlog(this.#engine);
    let totals = uploadTotals(this.#engine, from);
    try {
      for (let i = from.batches; i < chunks.length; i++) {
        const streams = {window: random.at('window', i), augment: random.at('augment', i)};
        const taken = this.#takeImages(split, chunks[i]!, streams);
        const before = totals;
        totals = await this.#update(taken, {totals, rate, streams});
        await backlog.add(before);
        const batches = i + 1;
        if (batches === chunks.length) break;
        const reached = totals;
        await onBatch?.(batches, chunks.length, async () => ({
          batches,
          ...(await readTotals(this.#engine, reached)),
        }));
      }
    } catch (fault) {
      totals.dispose();
      await backlog.end();
      throw fault;
    } finally {
      rate.dispose();
    }
    const result = this.#result(totals, split.count * this.#canvas.samples);
    result.catch(() => undefined); // It is thrown when it is waited for.
    return {result};
  }

  async #result(totals: Tensor, seen: number): Promise<EpochResult> {
    try {
      const {loss, correct} = await readTotals(this.#engine, totals);
      return {loss: loss / seen, accuracy: correct / seen};
    } finally {
      totals.dispose();
    }
  }

  dispose(): void {
    disposeNetwork(this.#network);
    for (const theta of this.#teacher?.thetas ?? []) theta.dispose();
    this.#images.dispose();
  }

  #begin({theta, velocity, statistics}: NetworkSetup): NetworkState {
    const engine = this.#engine;
    const upload = (numbers: Float32Array): Tensor => engine.upload(numbers, [numbers.length]);
    const running = statistics ?? initialStatistics(this.#model);
    return {
      theta: upload(theta),
      velocity: upload(velocity ?? new Float32Array(theta.length)),
      ...(running.length > 0 ? {statistics: upload(running)} : {}),
    };
  }

  #takeImages(
    split: TrainingSplit,
    indices: Int32Array,
    {window, augment}: BatchStreams,
  ): TakenImages {
    const {strategy} = this.#options;
    if (strategy.pipeline !== 'dc') return this.#images.take(split, indices);
    const {input: shape} = this.#model;
    const canvas = this.#canvas;
    const seen = showsWindows(canvas)
      ? cutWindows(split, {canvas, indices, shape, random: window})
      : undefined;
    const places = seen === undefined ? indices : seen.labels.map((_, i) => i);
    const draws = Array.from(places, (_, i) => drawDc(strategy, augment.at(i), shape));
    return this.#images.take(seen ?? split, places, (images) => applyDc(images, draws, shape));
  }

  /** Makes one step, and gives the new totals. */
  async #update(
    taken: TakenImages,
    {totals, rate, streams}: {totals: Tensor; rate: Tensor; streams: BatchStreams},
  ): Promise<Tensor> {
    const batch = this.#picking.upload(this.#engine, taken, streams);
    const updated = await this.#step({...this.#network, totals}, batch, rate);
    const {totals: added, ...network} = updated;
    disposeNetwork(this.#network);
    disposeRows(batch);
    taken.free();
    this.#network = network;
    return added;
  }
}

/** The sources of batches. The DC pipeline cuts windows and changes images on the host; otherwise programs do. */
function batchesOf(
  engine: Engine,
  model: Model,
  {
    batch,
    strategy,
    canvas,
    partPixels,
  }: TrainerOptions & {readonly canvas: Canvas; readonly partPixels: number},
): {readonly images: EngineImages; readonly picking: Picking} {
  if (strategy.pipeline !== 'dc') {
    const images = new EngineImages(engine, canvasShape(model.input, canvas));
    return {images, picking: new Picking({model, batch, canvas, strategy, partPixels})};
  }
  const plain = {canvas: noCanvas, strategy: parseStrategy('none')};
  const picking = new Picking({model, batch: batch * canvas.samples, partPixels, ...plain});
  return {images: new EngineImages(engine, model.input), picking};
}

export interface TrainerOptions extends SgdOptions {
  /** Images per update; the last batch of an epoch may have fewer. */
  readonly batch: number;
  readonly strategy: TrainingStrategy;
  /** Absent: plain SGD. */
  readonly flat?: Flatness | undefined;
  /** Absent: the network learns the labels of the images, or their targets. */
  readonly teacher?: TeacherNetworks | undefined;
  /** Absent: networks see whole images. Otherwise images are canvases, and networks see windows of them. */
  readonly canvas?: Canvas | undefined;
  /** The fewest pixels of a part of a batch, see `partSizes`. */
  readonly partPixels?: number | undefined;
}

/** A network, and what its training needs, as numbers. */
export interface NetworkNumbers {
  /** [D] */
  readonly theta: Float32Array;
  /** Running statistics, see `Trainer.statistics`; empty for networks without any. */
  readonly statistics: Float32Array;
  /** The momentum buffer [D]; `undefined` without momentum, since nothing depends on it. */
  readonly velocity: Float32Array | undefined;
}

/** A network to start from: without statistics and momentum it is a new one. */
interface NetworkSetup {
  readonly theta: Float32Array;
  readonly statistics?: Float32Array | undefined;
  readonly velocity?: Float32Array | undefined;
}

/** A trainer's options, and its initial state. */
type TrainerSetup = TrainerOptions & NetworkSetup;

type NetworkState = Omit<TrainingState, 'totals'>;

function disposeNetwork({theta, velocity, statistics}: NetworkState): void {
  for (const tensor of [theta, velocity, statistics]) tensor?.dispose();
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
