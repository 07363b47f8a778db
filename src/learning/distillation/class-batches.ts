import {groupBy} from '../../base/group-by.ts';
import type {Engine} from '../../tensor/engine.ts';
import type {Strategy} from '../augmentation/strategy.ts';
import {disposeRows, type DrawnBatch, type ImageTensors} from '../batches/drawn-batches.ts';
import {EngineImages} from '../batches/engine-images.ts';
import {Picking, type BatchStreams} from '../batches/picking.ts';
import {noCanvas, type Canvas} from '../data/canvas.ts';
import type {FloatSplit} from '../data/float-split.ts';
import {joinedNumbers} from '../data/repeated.ts';
import type {Model} from '../models/model.ts';
import type {Random} from '../random.ts';

export interface ClassBatchOptions {
  readonly model: Model;
  /** The classes of the synthetic images. */
  readonly labels: Int32Array;
  readonly canvas: Canvas;
  readonly real: FloatSplit;
  /** The number of real images of a class in a batch; all, if the class has fewer. */
  readonly realBatch: number;
  /** How both batches are augmented. They share one draw, whatever it says. */
  readonly strategy: Strategy;
  /** The fewest pixels of a part of a batch, see `partSizes`. Absent: batches stay whole. */
  readonly partPixels?: number | undefined;
}

/** All synthetic images of some classes, and as many real ones as are wanted, under the same augmentation. */
export interface BatchPair {
  readonly real: DrawnBatch;
  readonly synthetic: DrawnBatch;
  free(): void;
}

/** Draws synthetic and real images of the same classes. */
export class ClassBatches {
  readonly #engine: Engine;
  readonly #options: ClassBatchOptions;
  readonly #images: EngineImages;
  readonly #realOf: ReadonlyMap<number, Int32Array>;
  readonly #syntheticOf: ReadonlyMap<number, Int32Array>;

  constructor(engine: Engine, options: ClassBatchOptions) {
    this.#engine = engine;
    this.#options = options;
    this.#images = new EngineImages(engine, options.model.input);
    this.#realOf = membersByClass(options.real.labels);
    this.#syntheticOf = membersByClass(options.labels);
  }

  /** The classes of the synthetic images, in order. */
  get classes(): readonly number[] {
    return [...this.#syntheticOf.keys()].sort((a, b) => a - b);
  }

  /** @param set the synthetic images; they stay the caller's */
  draw(set: ImageTensors, classes: readonly number[], random: Random): BatchPair {
    const {real, canvas} = this.#options;
    const taken = this.#images.take(real, this.#drawReal(classes, random));
    const indices = joinedNumbers(classes.map((label) => this.#syntheticOf.get(label)!));
    // A stream for each, since what is drawn from one moves it on.
    const streams = (): BatchStreams => ({
      window: random.at('window'),
      augment: random.at('augment'),
    });
    const ofReal = this.#picking(taken.indices?.length ?? taken.images.shape[0]!, noCanvas);
    const pair = {
      real: ofReal.upload(this.#engine, taken, streams()),
      synthetic: this.#picking(indices.length, canvas).upload(
        this.#engine,
        {...set, indices},
        streams(),
      ),
    };
    return {
      ...pair,
      free() {
        Object.values(pair).forEach(disposeRows);
        taken.free();
      },
    };
  }

  /**
   * Pairs of batches, drawn when they are asked for.
   * @param groups classes whose images form one batch. Default: each class alone
   */
  *pairs(
    set: ImageTensors,
    random: Random,
    groups: readonly (readonly number[])[] = this.classes.map((label) => [label]),
  ): Generator<BatchPair> {
    for (const group of groups) yield this.draw(set, group, random.at('class', group[0]!));
  }

  /** Frees the real images that stayed on the engine. */
  dispose(): void {
    this.#images.dispose();
  }

  #drawReal(classes: readonly number[], random: Random): Int32Array {
    const {realBatch} = this.#options;
    const drawn = classes.map((label) => {
      const members = this.#realOf.get(label)!;
      const order = random.at('real', label).permutation(members.length);
      return order.subarray(0, realBatch).map((i) => members[i]!);
    });
    return joinedNumbers(drawn);
  }

  #picking(batch: number, canvas: Canvas): Picking {
    const {model, strategy, partPixels} = this.#options;
    return new Picking({
      model,
      batch,
      canvas,
      strategy: {...strategy, siamese: true},
      partPixels,
    });
  }
}

function membersByClass(labels: Int32Array): ReadonlyMap<number, Int32Array> {
  const members = groupBy(labels.keys(), (i) => labels[i]!);
  return new Map(Array.from(members, ([label, indices]) => [label, Int32Array.from(indices)]));
}
