import type {PlainFloatSplit} from '../../../src/learning/data/float-split.ts';
import type {Dataset, RawDataset, RawSplit} from '../../../src/learning/data/dataset.ts';

/** A data set of 2×3 images with two channels: enough to distinguish rows, columns and channels. */
export function smallDataset(counts = {train: 5, test: 3}): RawDataset {
  return {
    name: 'small',
    shape: {height: 2, width: 3, channels: 2},
    classes: ['apple', 'pear'],
    source: 'f'.repeat(64),
    train: byteSplit(counts.train, 7),
    test: byteSplit(counts.test, 13),
  };
}

/** The same data set in the form that networks take. */
export function smallFloatDataset(): Dataset & Record<'train' | 'test', PlainFloatSplit> {
  const dataset = smallDataset();
  return {
    ...dataset,
    train: {...dataset.train, images: Float32Array.from(dataset.train.images, (byte) => byte / 7)},
    test: {...dataset.test, images: Float32Array.from(dataset.test.images, (byte) => byte / 7)},
    transform: {
      kind: 'standardise',
      mean: Float32Array.of(0.5, 0.25),
      std: Float32Array.of(2, 4),
    },
  };
}

function byteSplit(count: number, stride: number): RawSplit {
  return {
    images: Uint8Array.from({length: 12 * count}, (_, i) => (i * stride) % 256),
    labels: Int32Array.from({length: count}, (_, i) => i % 2),
    count,
  };
}
