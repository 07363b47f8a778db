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
import type {Dataset, DatasetIdentity, Split, Transform} from '../data/dataset.ts';
import {StandardisedBytes} from '../data/standardised-bytes.ts';
import {readArrowFile, recordBatch, writeBatches} from '../../formats/arrow/arrow-file.ts';
import {datasetSchema, parseDatasetSchema, splitNames, splitsOf} from './dataset-schema.ts';
import type {DatasetHeader, SplitName} from './dataset-schema.ts';
import {CorruptFile, IncompatibleFile} from '../../formats/file-fault.ts';
import {assertFinite} from '../../formats/finite.ts';
import {appendRows, growingSplit, isFull, rowsOf, type GrowingSplit} from './growing-split.ts';
import {readTransform, transformDigest as digestOfTransform} from './transform.ts';

/** Size in bytes of the images of a record batch: the memory that reading needs beside the result. */
const batchBytes = 8 << 20;

export interface ReadDatasetOptions {
  /** Path of the transform that the images went through: it is read, checked and added to the result. */
  readonly transform?: string;
  /** Splits to read; the others are empty. Absent: all splits. */
  readonly splits?: readonly SplitName[];
}

/**
 * Writes a data set as an Arrow IPC file with one row per image, split after split; the same data set gives the same
 * bytes. Only the kind and a digest of its transform are kept (see `writeTransform`).
 */
export async function writeDataset(path: string, dataset: Dataset): Promise<void> {
  const schema = datasetSchema(dataset);
  await writeBatches(path, datasetBatches(dataset, schema));
}

/**
 * Reads a data set; each split's images are one contiguous array.
 * @throws CorruptFile, also if a number of an image is not finite; IncompatibleFile if `transform` is not the one that the images went through
 */
export async function readDataset(
  path: string,
  options: ReadDatasetOptions = {},
): Promise<Dataset> {
  const {splits: wanted = splitNames} = options;
  const [header, splits] = await readArrowFile(path, async ({schema, sizeBytes, batches}) => {
    const header = parseDatasetSchema(schema, path);
    const growing = Array.from(header.counts, ([name, all]) => {
      const count = wanted.includes(name) ? all : 0;
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
  const dataset = {...(await identityOf(header, options.transform)), ...imagesOf(header, splits)};
  assertLabels(dataset, path);
  for (const {name, images} of splits) assertFinite(images, path, `the ${name} images`);
  return dataset;
}

/**
 * Reads the identity of a data set from the head of its file, without reading images.
 * @param transform the path of the transform that its images went through: it is read, checked and added to the result
 * @throws CorruptFile; IncompatibleFile if `transform` is another one
 */
export async function readDatasetIdentity(
  path: string,
  transform?: string,
): Promise<DatasetIdentity> {
  const header = await readArrowFile(path, ({schema}) =>
    Promise.resolve(parseDatasetSchema(schema, path)),
  );
  const isRaw = header.pixels === 'bytes' && header.standardisation === undefined;
  return {...(await identityOf(header, transform)), isRaw};
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

async function identityOf(
  header: DatasetHeader,
  transform: string | undefined,
): Promise<Omit<DatasetIdentity, 'isRaw'>> {
  const {name, shape, classes, source, transformDigest} = header;
  return {
    name,
    shape,
    classes,
    source,
    ...(transformDigest !== undefined && {transformDigest}),
    ...(transform !== undefined && {transform: await matchingTransform(header, transform)}),
  };
}

function imagesOf(
  {standardisation}: DatasetHeader,
  splits: readonly GrowingSplit[],
): Pick<Dataset, 'train' | 'test' | 'heldOut'> {
  const [train, test, heldOut] = splits.map(({images, labels, count}): Split => ({
    images:
      standardisation && images instanceof Uint8Array
        ? new StandardisedBytes(images, standardisation)
        : images,
    labels,
    count,
  })) as [Split, Split, Split | undefined];
  return {train, test, ...(heldOut && {heldOut})};
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
  if (digestOfTransform(transform) !== header.transformDigest) {
    throw new IncompatibleFile(path, 'the transform', {
      expected: 'made by the zca stage that made the images',
      got: 'one made by another',
    });
  }
  return transform;
}
