import {FileFault} from '../../formats/file-fault.ts';
import {Random} from '../random.ts';
import type {RawDataset} from './dataset.ts';
import {pickSplit} from './splits.ts';

/** There are too few training images to set this number aside. */
export class TooFewImages extends FileFault {
  override readonly name = 'TooFewImages';
}

/**
 * Moves `count` training images into a split of their own: the same number of each class, or one more for classes that
 * are drawn. The draw depends only on the data set's labels and on `count`. Both splits keep the order.
 * @throws TooFewImages if a class would be left without training images
 */
export function setAside(dataset: RawDataset, count: number): RawDataset {
  if (count === 0) return dataset;
  const {train, classes, name} = dataset;
  if (dataset.heldOut !== undefined) {
    throw new TooFewImages(name, 'has a split for choosing already: none can be set aside');
  }
  const chosen = new Uint8Array(train.count);
  const random = new Random(0, 'held-out', count);
  const rank = random.at('classes').permutation(classes.length);
  for (const [label, title] of classes.entries()) {
    const share = Math.floor((count + classes.length - 1 - rank[label]!) / classes.length);
    const members = Array.from(train.labels.keys()).filter((i) => train.labels[i] === label);
    if (share >= members.length) {
      throw new TooFewImages(
        name,
        `${share} images of class ${title} cannot be set aside: it has ${members.length} training images`,
      );
    }
    const order = random.at('class', label).permutation(members.length);
    for (const at of order.subarray(0, share)) chosen[members[at]!] = 1;
  }
  return {
    ...dataset,
    train: pickSplit(train, (i) => chosen[i] === 0),
    heldOut: pickSplit(train, (i) => chosen[i] === 1),
  };
}
