import {CorruptFile, FileFault} from '../../formats/file-fault.ts';
import {Random} from '../random.ts';
import type {ImageShape, RawSplit} from './dataset.ts';
import type {LoadedDataset} from './load-options.ts';
import {pickSplit} from './splits.ts';

/** A data set of the user's as it lies there. */
export interface LoadedSplits {
  readonly shape: ImageShape;
  /** Names of the classes, by label. */
  readonly classes: readonly string[];
  readonly train: RawSplit;
  readonly test: RawSplit | undefined;
  readonly heldOut: RawSplit | undefined;
}

/** Test images cannot be had in the way that is asked for. */
export class NoTestImages extends FileFault {
  override readonly name = 'NoTestImages';
}

/**
 * The data set with test images. Without a test split, `val` is what everybody tests on; beside one it is there to choose by.
 * Without either, the share `testShare` of each class is taken from the training images.
 * @throws NoTestImages, CorruptFile
 */
export function withTestSplit(
  {shape, classes, train, test, heldOut}: LoadedSplits,
  {name, path, testShare}: {name: string; path: string; testShare: number | undefined},
): LoadedDataset {
  const tested = test ?? heldOut;
  const missing = classes.findIndex((_, label) => !train.labels.includes(label));
  if (missing >= 0)
    throw new CorruptFile(path, `no training pictures of class ${classes[missing]}`);
  if (tested === undefined) {
    if (testShare !== undefined) {
      return {name, shape, classes, ...divide({train, classes, path}, testShare)};
    }
    throw new NoTestImages(
      path,
      'there are no test pictures. Put some into a split called test or val, or set testShare: 0.2 to take a fifth of each class',
    );
  }
  if (testShare !== undefined) {
    throw new NoTestImages(path, 'it has test pictures already: leave testShare out');
  }
  return {name, shape, classes, train, test: tested, ...(test && heldOut && {heldOut})};
}

/** How many of the images of a class become test images: at least one, and not all. */
export function shareOf(share: number, count: number): number {
  return Math.min(count - 1, Math.max(1, Math.round(share * count)));
}

/** Draws the share of each class, at least one image and not all. The draw depends on nothing but labels and share. */
function divide(
  {train, classes, path}: {train: RawSplit; classes: readonly string[]; path: string},
  share: number,
): {readonly train: RawSplit; readonly test: RawSplit} {
  const random = new Random(0, 'test-share');
  const isTest = new Uint8Array(train.count);
  for (const [label, title] of classes.entries()) {
    const members = Array.from(train.labels.keys()).filter((i) => train.labels[i] === label);
    if (members.length < 2) {
      const sentence = `class ${title} has ${members.length} picture: none can be taken to test on`;
      throw new NoTestImages(path, sentence);
    }
    const count = shareOf(share, members.length);
    const order = random.at('class', label).permutation(members.length);
    for (const at of order.subarray(0, count)) isTest[members[at]!] = 1;
  }
  return {
    train: pickSplit(train, (i) => isTest[i] === 0),
    test: pickSplit(train, (i) => isTest[i] === 1),
  };
}
