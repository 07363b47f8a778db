import type {Engine, Tensor} from '../../tensor/engine.ts';
import {imageSize, type ImageShape} from '../data/dataset.ts';
import type {FloatSplit} from '../data/float-split.ts';
import {copyImages} from '../data/standardised-bytes.ts';
import {oneHot} from './loss.ts';

/** Images and one-hot targets on the engine; the receiver disposes them. */
export interface Batch {
  /** [count, h, w, c] */
  readonly images: Tensor;
  /** [count, classes] */
  readonly targets: Tensor;
}

export interface BatchOptions {
  readonly indices: ArrayLike<number>;
  readonly shape: ImageShape;
  readonly classes: number;
  /** Changes the copied images in place before they are uploaded. */
  readonly change?: (images: Float32Array) => void;
}

/** Uploads the images at these indices. */
export function uploadBatch(
  engine: Engine,
  {images, labels}: FloatSplit,
  {indices, shape, classes, change}: BatchOptions,
): Batch {
  const size = imageSize(shape);
  const picked = new Float32Array(indices.length * size);
  const targets = new Int32Array(indices.length);
  for (let i = 0; i < indices.length; i++) {
    const from = indices[i]! * size;
    copyImages(images, {begin: from, end: from + size}, picked, i * size);
    targets[i] = labels[indices[i]!]!;
  }
  change?.(picked);
  return {
    images: engine.upload(picked, [indices.length, shape.height, shape.width, shape.channels]),
    targets: engine.upload(oneHot(targets, classes), [indices.length, classes]),
  };
}

export function disposeBatch({images, targets}: Batch): void {
  images.dispose();
  targets.dispose();
}

/** Cuts an order of images into batches; the last may be shorter. */
export function chunksOf(order: Int32Array, size: number): readonly Int32Array[] {
  const count = Math.ceil(order.length / size);
  return Array.from({length: count}, (_, i) => order.subarray(i * size, (i + 1) * size));
}

/** The number of rows of logits [n, classes] whose largest entry is at their label. */
export function countCorrect(logits: Float32Array, labels: ArrayLike<number>): number {
  const classes = logits.length / labels.length;
  let correct = 0;
  for (let i = 0; i < labels.length; i++) {
    const row = logits.subarray(i * classes, (i + 1) * classes);
    let best = 0;
    for (let k = 1; k < classes; k++) if (row[k]! > row[best]!) best = k;
    if (best === labels[i]) correct++;
  }
  return correct;
}
