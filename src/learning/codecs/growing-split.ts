import type {Data, RecordBatch} from 'apache-arrow';
import {CorruptFile} from '../../formats/file-fault.ts';
import {imageSize} from '../data/dataset.ts';
import {splitNames, type DatasetHeader, type SplitName} from './dataset-schema.ts';

/** A split that is being read: `filled` of `count` images have been read. */
export interface GrowingSplit {
  readonly name: SplitName;
  readonly images: Uint8Array | Float32Array;
  readonly labels: Int32Array;
  readonly count: number;
  filled: number;
}

/** Allocates a split's images. @throws CorruptFile if the file is too small for this number */
export function growingSplit(
  {name, count, header}: {name: SplitName; count: number; header: DatasetHeader},
  file: {path: string; sizeBytes: number},
): GrowingSplit {
  const values = count * imageSize(header.shape);
  const bytes = header.pixels === 'bytes' ? values : 4 * values;
  // Checked before the allocation: a damaged count must not exhaust the memory.
  if (bytes > file.sizeBytes) {
    throw new CorruptFile(file.path, `${count} ${name} images would not fit into the file`);
  }
  const images = header.pixels === 'bytes' ? new Uint8Array(values) : new Float32Array(values);
  return {name, count, images, labels: new Int32Array(count), filled: 0};
}

export function isFull({filled, count}: GrowingSplit): boolean {
  return filled === count;
}

/** The columns of a record batch, with all of its rows. */
export interface Rows {
  readonly count: number;
  readonly images: Uint8Array | Float32Array;
  readonly labels: ArrayLike<number>;
  /** For each row the position of its split in `splitOrder`. */
  readonly splits: ArrayLike<number>;
  readonly splitOrder: readonly unknown[];
}

/** @throws CorruptFile if a column is too short */
export function rowsOf(batch: RecordBatch, header: DatasetHeader, path: string): Rows {
  const [image, label, split] = ['image', 'label', 'split'].map(
    (name): Data | undefined => batch.getChild(name)?.data[0],
  );
  const rows = {
    count: batch.numRows,
    images: (image?.children[0] ?? image)?.values as Uint8Array | Float32Array,
    labels: label?.values as ArrayLike<number>,
    splits: split?.values as ArrayLike<number>,
    splitOrder: splitNames.map((_, i): unknown => split?.dictionary?.get(i)),
  };
  const isWhole =
    rows.images.length >= rows.count * imageSize(header.shape) &&
    rows.labels.length >= rows.count &&
    rows.splits.length >= rows.count;
  if (!isWhole) throw new CorruptFile(path, 'damaged: a column is shorter than its record batch');
  return rows;
}

/** Copies the rows that belong to a split, as long as there is room. */
export function appendRows(split: GrowingSplit, rows: Rows): void {
  const number = rows.splitOrder.indexOf(split.name);
  const d = split.count === 0 ? 0 : split.images.length / split.count;
  for (let row = 0; row < rows.count && !isFull(split);) {
    const begin = row;
    while (row < rows.count && rows.splits[row] === number) row++;
    const length = Math.min(row - begin, split.count - split.filled);
    split.images.set(rows.images.subarray(begin * d, (begin + length) * d), split.filled * d);
    for (let i = 0; i < length; i++) split.labels[split.filled + i] = rows.labels[begin + i]!;
    split.filled += length;
    while (row < rows.count && rows.splits[row] !== number) row++;
  }
}
