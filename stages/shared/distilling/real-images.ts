import {Random} from '../../../src/learning/random.ts';
import {drawPerClass} from '../synthetic-set.ts';
import {pickImages, type FloatDataset} from '../transformed-dataset.ts';
import type {PlannedSet} from './planned-set.ts';

/** The real images that a set is made of at the start, class by class. Throws a `StageError` if a class has too few. */
export function realImages(
  dataset: FloatDataset,
  {perClass}: PlannedSet,
  seed: number,
): Float32Array {
  const random = new Random(seed, 'initial images');
  const indices = drawPerClass(dataset, dataset.train, {ipc: perClass.real, random});
  return pickImages(dataset, dataset.train, indices).images;
}
