import type {Engine} from '../../tensor/engine.ts';
import {imageSize, type ImageShape} from '../data/dataset.ts';
import type {TrainingSplit} from '../data/float-split.ts';
import {copyImages, StandardisedBytes} from '../data/standardised-bytes.ts';
import {pickRows} from '../data/targets.ts';
import type {ImageTensors} from './drawn-batches.ts';
import {packBytes, thirdOf} from './packed-bytes.ts';

/** Images on the engine, and where those that were asked for are among them. */
export interface TakenImages extends ImageTensors {
  /** The places of those that were asked for; absent: they are all, in their order. */
  readonly indices?: Int32Array;
  /** Frees the tensors, unless they stay for the next time. */
  free(): void;
}

/**
 * The images of a split, on the engine for programs to pick from: all of them, uploaded once, if the engine has room for
 * them (`roomForData`); otherwise those that are asked for. Standardised bytes are held packed, in a third of the memory of
 * floats. Whitened images are floats.
 */
export class EngineImages {
  readonly #engine: Engine;
  readonly #shape: ImageShape;
  #held: {readonly split: TrainingSplit; readonly taken: TakenImages} | undefined;

  /** @param shape that of the images, or of the canvases */
  constructor(engine: Engine, shape: ImageShape) {
    this.#engine = engine;
    this.#shape = shape;
  }

  /**
   * Gives images by index.
   *
   * @param change changes a copy of these images in place, before it is uploaded
   */
  take(
    split: TrainingSplit,
    indices: Int32Array,
    change?: (images: Float32Array) => void,
  ): TakenImages {
    if (change !== undefined || !this.#hasRoom(split)) return this.#upload(split, indices, change);
    if (this.#held?.split !== split) {
      this.dispose();
      this.#held = {split, taken: this.#uploadAll(split)};
    }
    return {...this.#held.taken, indices, free: () => undefined};
  }

  dispose(): void {
    this.#held?.taken.free();
    this.#held = undefined;
  }

  #hasRoom({images, count}: TrainingSplit): boolean {
    const stored = images instanceof StandardisedBytes ? thirdOf(count) : count;
    return 4 * stored * imageSize(this.#shape) <= (this.#engine.roomForData ?? 0);
  }

  #uploadAll(split: TrainingSplit): TakenImages {
    const {images, labels, targets, count} = split;
    if (!(images instanceof StandardisedBytes)) return this.#upload(split, upTo(count));
    return this.#taken({
      images: packBytes(images.bytes, imageSize(this.#shape)),
      labels: Float32Array.from(labels),
      targets,
      table: images.table,
    });
  }

  #upload(
    {images, labels, targets, count}: TrainingSplit,
    indices: Int32Array,
    change?: (images: Float32Array) => void,
  ): TakenImages {
    const size = imageSize(this.#shape);
    const copy = new Float32Array(indices.length * size);
    const labelled = new Float32Array(indices.length);
    for (let i = 0; i < indices.length; i++) {
      const from = indices[i]! * size;
      copyImages(images, {begin: from, end: from + size}, copy, i * size);
      labelled[i] = labels[indices[i]!]!;
    }
    change?.(copy);
    const rows = targets && pickRows(targets, indices, targets.length / count);
    return this.#taken({images: copy, labels: labelled, targets: rows});
  }

  /** Uploads images, their labels, soft targets if there are any, and the table if they are packed. */
  #taken({
    images,
    labels,
    targets,
    table,
  }: Readonly<Record<'images' | 'labels', Float32Array>> &
    Readonly<Partial<Record<'targets' | 'table', Float32Array | undefined>>>): TakenImages {
    const {height, width, channels} = this.#shape;
    const engine = this.#engine;
    const rows = images.length / imageSize(this.#shape);
    const uploaded = {
      images: engine.upload(images, [rows, height, width, channels]),
      labels: engine.upload(labels, [labels.length, 1]),
      ...(targets !== undefined && {
        targets: engine.upload(targets, [labels.length, targets.length / labels.length]),
      }),
      ...(table !== undefined && {table: engine.upload(table, [table.length])}),
    };
    return {
      ...uploaded,
      free: () => Object.values(uploaded).forEach((tensor) => tensor.dispose()),
    };
  }
}

/** 0 … count − 1 */
function upTo(count: number): Int32Array {
  return Int32Array.from({length: count}, (_, i) => i);
}
