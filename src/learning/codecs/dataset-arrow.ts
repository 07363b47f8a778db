import {Float32, Int32, Utf8, makeData, vectorFromArray} from 'apache-arrow';
import type {
  Data,
  Dictionary,
  FixedSizeBinary,
  FixedSizeList,
  RecordBatch,
  Schema,
  Uint8,
  Vector,
} from 'apache-arrow';
import {imageSize} from '../data/dataset.ts';
import type {Dataset, Split, Transform} from '../data/dataset.ts';
import {StandardisedBytes} from '../data/standardised-bytes.ts';
import {readArrowFile, recordBatch, writeBatches} from '../../container/arrow-file.ts';
import {datasetSchema, parseDatasetSchema, splitNames, splitsOf} from './dataset-schema.ts';
import type {DatasetHeader, SplitName} from './dataset-schema.ts';
import {CorruptFile, IncompatibleFile} from '../../container/file-fault.ts';
import {readTransform, transformDigest as digestOfTransform} from './transform.ts';

/** Images of a record batch take about this many bytes: what reading needs beside the result. */
const batchBytes = 8 << 20;

export interface ReadDatasetOptions {
  /** Path of the transform that the images went through: read, checked and put into the result. */
  readonly transform?: string;
  /** Only these splits; the others are empty. All there are when absent. */
  readonly splits?: readonly SplitName[];
  /** Only so many images of each split, from its start. */
  readonly limit?: number;
}

/**
 * Writes a data set as an Arrow IPC file with one row an image, split after split; the same data set gives the same
 * bytes. Of its transform only the kind and a digest are kept (see `writeTransform`).
 */
export async function writeDataset(path: string, dataset: Dataset): Promise<void> {
  const schema = datasetSchema(dataset);
  await writeBatches(path, datasetBatches(dataset, schema));
}

/**
 * Reads a data set; each split's images are one contiguous array.
 * @throws CorruptFile; IncompatibleFile if `transform` is not the one that the images went through
 */
export async function readDataset(
  path: string,
  options: ReadDatasetOptions = {},
): Promise<Dataset> {
  const {splits: wanted = splitNames, limit = Infinity} = options;
  const [header, splits] = await readArrowFile(path, async ({schema, sizeBytes, batches}) => {
    const header = parseDatasetSchema(schema, path);
    const growing = Array.from(header.counts, ([name, all]) => {
      const count = wanted.includes(name) ? Math.min(all, limit) : 0;
      return growingSplit({name, count, header}, {path, sizeBytes});
    });
    for await (const batch of batches) {
      const rows = rowsOf(batch, header, path);
      for (const split of growing) appendRows(split, rows);
      if (growing.every(isFull)) break;
    }
    return [header, growing];
  });
  const short = splits.find((split) => !isFull(split));
  if (short) {
    throw new CorruptFile(
      path,
      `${short.count} ${short.name} images expected, got ${short.filled}`,
    );
  }
  const dataset = datasetOf(header, splits);
  assertLabels(dataset, path);
  if (options.transform === undefined) return dataset;
  return {...dataset, transform: await matchingTransform(header, options.transform)};
}

function* datasetBatches(dataset: Dataset, schema: Schema): Generator<RecordBatch> {
  const splits = splitsOf(dataset);
  // One object, since a file may not change its dictionary.
  const dictionary = vectorFromArray([...splits.keys()], new Utf8());
  const size = imageSize(dataset.shape);
  for (const [number, split] of [...splits.values()].entries()) {
    yield* splitBatches(split, schema, {size, number, dictionary});
  }
}

function* splitBatches(
  {images: given, labels, count}: Split,
  schema: Schema,
  column: {readonly size: number; readonly number: number; readonly dictionary: Vector<Utf8>},
): Generator<RecordBatch> {
  const d = column.size;
  const images = given instanceof StandardisedBytes ? given.bytes : given;
  const imageType = schema.fields[0]!.type as FixedSizeBinary | FixedSizeList<Float32>;
  const splitType = schema.fields[2]!.type as Dictionary<Utf8, Uint8>;
  const rows = Math.max(1, Math.floor(batchBytes / (d * images.BYTES_PER_ELEMENT)));
  // An empty split gives an empty batch: a file needs one to hold the schema.
  for (let begin = 0; begin === 0 || begin < count; begin += rows) {
    const length = Math.min(rows, count - begin);
    const pixels = images.subarray(begin * d, (begin + length) * d);
    yield recordBatch(schema, length, [
      imageColumn(imageType, pixels, length),
      makeData({type: new Int32(), data: labels.subarray(begin, begin + length)}),
      makeData({
        type: splitType,
        data: new Uint8Array(length).fill(column.number),
        dictionary: column.dictionary,
      }),
    ]);
  }
}

function imageColumn(
  type: FixedSizeBinary | FixedSizeList<Float32>,
  pixels: Uint8Array | Float32Array,
  length: number,
): Data {
  if (pixels instanceof Uint8Array) {
    return makeData({type: type as FixedSizeBinary, length, nullCount: 0, data: pixels});
  }
  const child = makeData({type: new Float32(), data: pixels});
  return makeData({type: type as FixedSizeList<Float32>, length, nullCount: 0, child});
}

/** A split that is being read: `filled` of `count` images are there. */
interface GrowingSplit {
  readonly name: SplitName;
  readonly images: Uint8Array | Float32Array;
  readonly labels: Int32Array;
  readonly count: number;
  filled: number;
}

function growingSplit(
  {name, count, header}: {name: SplitName; count: number; header: DatasetHeader},
  file: {path: string; sizeBytes: number},
): GrowingSplit {
  const values = count * imageSize(header.shape);
  const bytes = header.pixels === 'bytes' ? values : 4 * values;
  // Before anything is allocated: a damaged count must not ask for all the memory there is.
  if (bytes > file.sizeBytes) {
    throw new CorruptFile(file.path, `${count} ${name} images would not fit into the file`);
  }
  const images = header.pixels === 'bytes' ? new Uint8Array(values) : new Float32Array(values);
  return {name, count, images, labels: new Int32Array(count), filled: 0};
}

function isFull({filled, count}: GrowingSplit): boolean {
  return filled === count;
}

/** The values of a batch's columns, all of its rows there. */
interface Rows {
  readonly count: number;
  readonly images: Uint8Array | Float32Array;
  readonly labels: ArrayLike<number>;
  /** For each row the position of its split in `splitOrder`. */
  readonly splits: ArrayLike<number>;
  readonly splitOrder: readonly unknown[];
}

function rowsOf(batch: RecordBatch, header: DatasetHeader, path: string): Rows {
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

/** Copies the rows that belong to a split and for which there is still room. */
function appendRows(split: GrowingSplit, rows: Rows): void {
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

function datasetOf(header: DatasetHeader, splits: readonly GrowingSplit[]): Dataset {
  const {standardisation} = header;
  const [train, test, heldOut] = splits.map(({images, labels, count}): Split => ({
    images:
      standardisation && images instanceof Uint8Array
        ? new StandardisedBytes(images, standardisation)
        : images,
    labels,
    count,
  })) as [Split, Split, Split | undefined];
  const {name, shape, classes, source, transformDigest} = header;
  const whole = {name, shape, classes, source, train, test};
  const dataset = heldOut === undefined ? whole : {...whole, heldOut};
  return transformDigest === undefined ? dataset : {...dataset, transformDigest};
}

function assertLabels(dataset: Dataset, path: string): void {
  const {length} = dataset.classes;
  for (const {labels} of splitsOf(dataset).values()) {
    const stray = labels.find((label) => label < 0 || label >= length);
    if (stray !== undefined) {
      throw new CorruptFile(path, `label ${stray} is not one of ${length} classes`);
    }
  }
}

async function matchingTransform(header: DatasetHeader, path: string): Promise<Transform> {
  const {transform} = await readTransform(path);
  const got = digestOfTransform(transform);
  const expected = header.transformDigest ?? 'none';
  if (got !== expected) throw new IncompatibleFile(path, 'the transform', {expected, got});
  return transform;
}
