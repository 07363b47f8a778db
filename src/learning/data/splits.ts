import {createHash} from 'node:crypto';
import type {RawDataset, RawSplit} from './dataset.ts';

/** Concatenates several splits of raw pixels. A single one is returned as it is. */
export function joinSplits(parts: readonly RawSplit[]): RawSplit {
  const [only] = parts;
  if (parts.length === 1 && only) return only;
  const count = parts.reduce((sum, part) => sum + part.count, 0);
  const images = new Uint8Array(parts.reduce((sum, part) => sum + part.images.length, 0));
  const labels = new Int32Array(count);
  let [pixel, label] = [0, 0];
  for (const part of parts) {
    images.set(part.images, pixel);
    labels.set(part.labels, label);
    pixel += part.images.length;
    label += part.count;
  }
  return {images, labels, count};
}

/** The images of a split that are wanted, in their order. */
export function pickSplit(split: RawSplit, isWanted: (index: number) => boolean): RawSplit {
  const indices = Int32Array.from(split.labels.keys()).filter(isWanted);
  const size = split.count === 0 ? 0 : split.images.length / split.count;
  const images = new Uint8Array(indices.length * size);
  indices.forEach((from, to) => {
    images.set(split.images.subarray(from * size, (from + 1) * size), to * size);
  });
  return {images, labels: indices.map((i) => split.labels[i]!), count: indices.length};
}

/** The digest of a source's contents: the images and labels of all splits, wherever they came from. */
export function sourceDigest(dataset: Omit<RawDataset, 'source'>): string {
  const {shape, classes, train, test, heldOut} = dataset;
  const sha256 = createHash('sha256').update(JSON.stringify(['source', 2, shape, classes]));
  for (const split of [train, test, heldOut]) {
    if (split === undefined) continue;
    sha256.update(JSON.stringify(['split', split.count]));
    sha256.update(bytesOf(split.labels)).update(bytesOf(split.images));
  }
  return sha256.digest('hex');
}

function bytesOf(values: ArrayBufferView): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}
