import {writeFile} from 'node:fs/promises';
import type {SyntheticSet} from '../src/learning/data/synthetic.ts';
import type {Random} from '../src/learning/random.ts';
import {imageGrid} from '../src/learning/pictures/image-grid.ts';
import {invertTransform} from '../src/learning/whitening.ts';
import {writeSynthetic} from '../src/learning/codecs/synthetic.ts';
import {StageError} from '../src/contract/stage.ts';
import type {FloatSplit} from '../src/learning/batches.ts';
import type {FloatDataset} from './transformed-dataset.ts';

/** Indices of `ipc` different random images of each class, class after class. A `StageError` if a class has too few. */
export function drawPerClass(
  {classes, name}: FloatDataset,
  {labels}: FloatSplit,
  {ipc, random}: {readonly ipc: number; readonly random: Random},
): readonly number[] {
  return classes.flatMap((title, label) => {
    const members = Array.from(labels.keys()).filter((i) => labels[i] === label);
    if (members.length < ipc) {
      throw new StageError(
        `${ipc} images of each class are wanted, but ${name} has ${members.length} of class ${title}.`,
      );
    }
    const order = random.at('class', label).permutation(members.length);
    return Array.from(order.subarray(0, ipc), (i) => members[i]!);
  });
}

/** Labels 0 … classes−1, `ipc` of each in a row. */
export function labelsPerClass(classes: number, ipc: number): Int32Array {
  return Int32Array.from({length: classes * ipc}, (_, i) => Math.floor(i / ipc));
}

/** Writes a synthetic set, and the picture of its images with the transform undone. */
export async function writeSyntheticSet(
  paths: {readonly synthetic: string; readonly picture: string},
  dataset: FloatDataset,
  made: Pick<SyntheticSet, 'images' | 'labels' | 'stepSize' | 'provenance'>,
): Promise<void> {
  const {transform, name, shape, classes, source} = dataset;
  const pixels =
    transform === undefined ? made.images : await invertTransform(transform, made.images);
  await writeSynthetic(paths.synthetic, {
    ...made,
    name,
    shape,
    classes,
    source,
    count: made.labels.length,
    pixels,
    ...(transform === undefined ? {} : {transform}),
  });
  await writeFile(paths.picture, imageGrid(pixels, shape));
}
