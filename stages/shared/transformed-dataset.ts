import {StageError} from '../../src/contract/stage.ts';
import type {FloatSplit, PlainFloatSplit} from '../../src/learning/data/float-split.ts';
import {readDataset, readDatasetIdentity} from '../../src/learning/codecs/dataset-arrow.ts';
import {
  imageSize,
  type Dataset,
  type DatasetIdentity,
  type Split,
} from '../../src/learning/data/dataset.ts';
import {copyImages} from '../../src/learning/data/standardised-bytes.ts';

/** A data set whose images networks can take. */
export interface FloatDataset extends Dataset {
  readonly train: FloatSplit;
  readonly test: FloatSplit;
  readonly heldOut?: FloatSplit;
}

/**
 * Reads a data set artifact whose images are normalised or whitened. Throws a `StageError` for raw pixels.
 *
 * @param transform the artifact of the transform that they went through, if it is available
 */
export async function readFloatDataset(path: string, transform?: string): Promise<FloatDataset> {
  const dataset = await readDataset(path, transform === undefined ? {} : {transform});
  const {train, test, heldOut, ...rest} = dataset;
  return {
    ...rest,
    train: floats(dataset, train),
    test: floats(dataset, test),
    ...(heldOut === undefined ? {} : {heldOut: floats(dataset, heldOut)}),
  };
}

/** Reads the identity of such a data set without its images. Throws a `StageError` for raw pixels. */
export async function readFloatDatasetIdentity(
  path: string,
  transform?: string,
): Promise<DatasetIdentity> {
  const identity = await readDatasetIdentity(path, transform);
  if (identity.isRaw) throw rawPixels(identity.name);
  return identity;
}

function floats({name}: Dataset, split: Split): FloatSplit {
  const {images} = split;
  if (images instanceof Uint8Array) throw rawPixels(name);
  return {...split, images};
}

function rawPixels(name: string): StageError {
  return new StageError(
    `The data set ${name} holds raw pixels. Networks take normalised ones: put a zca stage before this one.`,
  );
}

/**
 * At most `count` images of a split, evenly spaced: a data set may be sorted by class, and then the first images would
 * be of one class.
 */
export function someImages(
  dataset: Dataset,
  split: FloatSplit,
  count: number = split.count,
): FloatSplit {
  if (count >= split.count) return split;
  const indices = Array.from({length: count}, (_, i) => Math.floor((i * split.count) / count));
  return pickImages(dataset, split, indices);
}

/** Copies of the images at these indices. */
export function pickImages(
  {shape}: Dataset,
  split: FloatSplit,
  indices: ArrayLike<number>,
): PlainFloatSplit {
  const size = imageSize(shape);
  const images = new Float32Array(indices.length * size);
  const labels = new Int32Array(indices.length);
  for (let i = 0; i < indices.length; i++) {
    const begin = indices[i]! * size;
    copyImages(split.images, {begin, end: begin + size}, images, i * size);
    labels[i] = split.labels[indices[i]!]!;
  }
  return {images, labels, count: indices.length};
}
