import {IncompatibleFile} from '../../../formats/file-fault.ts';
import type {NpyNumbers} from '../../../formats/npy/npy.ts';
import type {PictureSplit} from '../pictures.ts';

/** Numbers that stand for images, from one file or a pair of files, and what class each image has. */
export interface LabelledPixels {
  /** What to call them in an error. */
  readonly name: string;
  readonly split: PictureSplit;
  /** The first extent counts the images; the others are those of an image, as they are there. */
  readonly shape: readonly number[];
  readonly pixels: NpyNumbers;
  /** One a image. */
  readonly labels: readonly (number | string)[];
}

/** @throws IncompatibleFile if there are more or fewer labels than images */
export function assertLabelled({name, shape, labels}: LabelledPixels): void {
  const [count = 0] = shape;
  if (labels.length === count) return;
  const found = {expected: `${count}, one for each image,`, got: `${labels.length}`};
  throw new IncompatibleFile(name, 'the number of labels', found);
}

/** Words that tell the split in the name of a file or an array; all else is there to train on. */
const splitWords: ReadonlyMap<string, PictureSplit> = new Map([
  ['train', 'train'],
  ['training', 'train'],
  ['test', 'test'],
  ['testing', 'test'],
  ['val', 'heldOut'],
  ['valid', 'heldOut'],
  ['validation', 'heldOut'],
  ['dev', 'heldOut'],
]);

/** The words of a path: `data/x_train.npy` has data, x, train, npy. */
export function wordsOf(path: string): readonly string[] {
  return path.toLowerCase().split(/[^a-z]+/);
}

/** The split that a path names, as in `x_test.npy`, `test/x.npy` and `data/validation-00000-of-00001.parquet`. */
export function splitNamed(path: string): PictureSplit | undefined {
  return wordsOf(path)
    .map((word) => splitWords.get(word))
    .findLast((split) => split !== undefined);
}
