import type {DatasetIdentity, ImageShape} from '../../src/learning/data/dataset.ts';
import type {SyntheticSet} from '../../src/learning/data/synthetic.ts';
import type {Random} from '../../src/learning/random.ts';
import {invertTransform} from '../../src/learning/whitening.ts';
import {StageError} from '../../src/contract/stage.ts';
import type {FloatSplit} from '../../src/learning/data/float-split.ts';
import type {FloatDataset} from './transformed-dataset.ts';

/**
 * Indices of `ipc` different random images of each class, class after class. Throws a `StageError` if a class has too
 * few.
 */
export function drawPerClass(
  {classes, name}: FloatDataset,
  {labels}: FloatSplit,
  {ipc, random}: {readonly ipc: number; readonly random: Random},
): readonly number[] {
  return classes.flatMap((title, label) => {
    const members = shuffledClass({labels}, label, random);
    if (members.length < ipc) {
      throw new StageError(
        `${ipc} images of each class are wanted, but ${name} has ${members.length} of class ${title}.`,
      );
    }
    return [...members.subarray(0, ipc)];
  });
}

/** The indices of all images of a class, in random order. */
export function shuffledClass(
  {labels}: Pick<FloatSplit, 'labels'>,
  label: number,
  random: Random,
): Int32Array {
  const members = Array.from(labels.keys()).filter((i) => labels[i] === label);
  return random
    .at('class', label)
    .permutation(members.length)
    .map((i) => members[i]!);
}

/** Labels 0 … classes−1, each repeated `ipc` times. */
export function labelsPerClass(classes: number, ipc: number): Int32Array {
  return Int32Array.from({length: classes * ipc}, (_, i) => Math.floor(i / ipc));
}

/** Makes a synthetic set of images: with the data set's transform, and a copy in which it is undone. */
export async function syntheticSetFor(
  dataset: Omit<DatasetIdentity, 'isRaw'>,
  made: Pick<
    SyntheticSet,
    'images' | 'stored' | 'labels' | 'targets' | 'stepSize' | 'iteration' | 'canvas' | 'provenance'
  >,
): Promise<SyntheticSet> {
  const {transform, transformDigest, name, shape, classes, source} = dataset;
  const pixels =
    transform === undefined ? made.images : await invertTransform(transform, made.images);
  return {
    ...made,
    name,
    shape,
    classes,
    source,
    count: made.labels.length,
    pixels,
    ...(transform === undefined ? {} : {transform}),
    ...(transformDigest === undefined ? {} : {transformDigest}),
  };
}

/** Enlargement of pixels: fourfold, except for images that are already large. */
export function gridScale({height}: ImageShape): number {
  return height < 128 ? 4 : 1;
}
