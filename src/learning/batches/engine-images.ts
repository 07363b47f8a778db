import {usualRoomForData, type Engine, type Tensor} from '../../tensor/engine.ts';
import {imageSize, type ImageShape} from '../data/dataset.ts';
import type {FloatSplit} from '../data/float-split.ts';
import {copyImages} from '../data/standardised-bytes.ts';

/** Images on the engine, and where those that were asked for are among them. */
export interface TakenImages {
  /** [count, h, w, c] */
  readonly images: Tensor;
  /** [count, 1] */
  readonly labels: Tensor;
  readonly indices: Int32Array;
  /** Frees the tensors, unless they stay for the next time. */
  free(): void;
}

/**
 * The images of a split, on the engine for programs to pick from: all of them, uploaded once, if they are few; otherwise
 * those that are asked for. Whitened images are floats anyway; as floats, others take four times the memory of their bytes,
 * so engines say how much room they have (`roomForData`).
 */
export class EngineImages {
  readonly #engine: Engine;
  readonly #shape: ImageShape;
  #held: {readonly split: FloatSplit; readonly taken: TakenImages} | undefined;

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
    split: FloatSplit,
    indices: Int32Array,
    change?: (images: Float32Array) => void,
  ): TakenImages {
    if (
      change !== undefined ||
      4 * split.images.length > (this.#engine.roomForData ?? usualRoomForData)
    ) {
      return this.#upload(split, indices, change);
    }
    if (this.#held?.split !== split) {
      this.dispose();
      this.#held = {split, taken: this.#upload(split, upTo(split.count))};
    }
    return {...this.#held.taken, indices, free: () => undefined};
  }

  dispose(): void {
    this.#held?.taken.free();
    this.#held = undefined;
  }

  #upload(
    {images, labels}: FloatSplit,
    indices: Int32Array,
    change?: (images: Float32Array) => void,
  ): TakenImages {
    const {height, width, channels} = this.#shape;
    const size = imageSize(this.#shape);
    const copy = new Float32Array(indices.length * size);
    const labelled = new Float32Array(indices.length);
    for (let i = 0; i < indices.length; i++) {
      const from = indices[i]! * size;
      copyImages(images, {begin: from, end: from + size}, copy, i * size);
      labelled[i] = labels[indices[i]!]!;
    }
    change?.(copy);
    const uploaded = {
      images: this.#engine.upload(copy, [indices.length, height, width, channels]),
      labels: this.#engine.upload(labelled, [indices.length, 1]),
    };
    return {
      ...uploaded,
      indices: upTo(indices.length),
      free: () => Object.values(uploaded).forEach((tensor) => tensor.dispose()),
    };
  }
}

/** 0 … count − 1 */
function upTo(count: number): Int32Array {
  return Int32Array.from({length: count}, (_, i) => i);
}
