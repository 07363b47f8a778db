import {
  Dictionary,
  Field,
  FixedSizeBinary,
  FixedSizeList,
  Float32,
  Int32,
  Precision,
  Schema,
  Utf8,
  Uint8,
  DataType,
} from 'apache-arrow';
import {imageSize} from '../data/dataset.ts';
import type {Dataset, ImageShape, Split} from '../data/dataset.ts';
import {CorruptFile} from '../../formats/file-fault.ts';
import {StandardisedBytes, type Standardisation} from '../data/standardised-bytes.ts';
import {MetadataFields, imageShapeText, isListOf} from './metadata-fields.ts';
import type {Metadata} from '../../formats/safetensors/safetensors-header.ts';
import {assertDeviations, transformDigest} from './transform.ts';

/** The contents of a data set's file besides its images and labels. */
export interface DatasetHeader {
  readonly name: string;
  readonly shape: ImageShape;
  readonly classes: readonly string[];
  readonly source: string;
  /** Number of images of each split in the file. */
  readonly counts: ReadonlyMap<SplitName, number>;
  /** `bytes`: raw pixels, or standardised ones if `standardisation` is set; `floats`: transformed images. */
  readonly pixels: 'bytes' | 'floats';
  readonly standardisation?: Standardisation;
  /** Digest of the transform that the images went through (`transformDigest`); absent for raw data. */
  readonly transformDigest?: string;
}

/** The splits, as the column `split` numbers them. */
export const splitNames = ['train', 'test', 'held-out'] as const;
export type SplitName = (typeof splitNames)[number];

/** The splits of a data set, in the order in which they are written. */
export function splitsOf({train, test, heldOut}: Dataset): ReadonlyMap<SplitName, Split> {
  const always: [SplitName, Split][] = [
    ['train', train],
    ['test', test],
  ];
  return new Map(heldOut === undefined ? always : [...always, ['held-out', heldOut]]);
}

/** The columns and metadata of a data set's file. */
export function datasetSchema(dataset: Dataset): Schema {
  const {name, shape, classes, source, train, test, heldOut} = dataset;
  const d = imageSize(shape);
  const image = !(train.images instanceof Float32Array)
    ? new FixedSizeBinary(d)
    : new FixedSizeList(d, new Field('value', new Float32(), false));
  const fields = [
    new Field('image', image, false),
    new Field('label', new Int32(), false),
    // The dictionary's number is fixed, because the library would otherwise count dictionaries over the process's life.
    new Field('split', new Dictionary(new Utf8(), new Uint8(), 0), false),
  ];
  const metadata = {
    name,
    source,
    shape: imageShapeText(shape),
    layout: 'HWC',
    classes: JSON.stringify(classes),
    train_count: String(train.count),
    test_count: String(test.count),
    ...(heldOut && {held_out_count: String(heldOut.count)}),
    ...transformFields(dataset),
    ...standardisationFields(train.images),
  };
  return new Schema(fields, new Map(Object.entries(metadata)));
}

/** @throws CorruptFile if it is not the schema of a data set */
export function parseDatasetSchema(schema: Schema, path: string): DatasetHeader {
  const fields = new MetadataFields(Object.fromEntries(schema.metadata), path);
  const shape = fields.imageShape('shape');
  const [image, label, split] = ['image', 'label', 'split'].map(
    (name) => schema.fields.find((field) => field.name === name)?.type as DataType | undefined,
  );
  const pixels = pixelsOf(image, imageSize(shape));
  if (!pixels || !DataType.isInt(label) || !DataType.isDictionary(split)) {
    throw new CorruptFile(path, `its columns are not those of a data set: ${String(schema)}`);
  }
  return {
    name: fields.text('name'),
    source: fields.text('source'),
    classes: fields.texts('classes'),
    counts: countsOf(fields),
    shape,
    pixels,
    ...(fields.has('transform_sha256') && {transformDigest: fields.text('transform_sha256')}),
    ...(fields.has('pixel_mean') && {standardisation: standardisationOf(fields, shape, path)}),
  };
}

function countsOf(fields: MetadataFields): ReadonlyMap<SplitName, number> {
  const always: [SplitName, number][] = [
    ['train', fields.count('train_count')],
    ['test', fields.count('test_count')],
  ];
  if (!fields.has('held_out_count')) return new Map(always);
  return new Map([...always, ['held-out', fields.count('held_out_count')]]);
}

function transformFields({transform, transformDigest: digest}: Dataset): Metadata {
  if (transform) return {transform: transform.kind, transform_sha256: transformDigest(transform)};
  return digest === undefined ? {} : {transform_sha256: digest};
}

/** The fields of a standardisation. float32 numbers survive exactly, since they are written as float64. */
function standardisationFields(images: Split['images']): Metadata {
  if (!(images instanceof StandardisedBytes)) return {};
  const {mean, std} = images.standardisation;
  return {pixel_mean: JSON.stringify([...mean]), pixel_std: JSON.stringify([...std])};
}

function standardisationOf(
  fields: MetadataFields,
  {channels}: ImageShape,
  path: string,
): Standardisation {
  const numbers = (name: string): Float32Array =>
    Float32Array.from(
      fields.json(
        name,
        (value): value is readonly number[] =>
          isListOf(value, isFinite) && value.length === channels,
        `${channels} numbers`,
      ),
    );
  const std = numbers('pixel_std');
  assertDeviations(std, path);
  return {mean: numbers('pixel_mean'), std};
}

function isFinite(value: unknown): value is number {
  return Number.isFinite(value);
}

function pixelsOf(type: DataType | undefined, size: number): 'bytes' | 'floats' | undefined {
  if (DataType.isFixedSizeBinary(type) && type.byteWidth === size) return 'bytes';
  const isFloats =
    DataType.isFixedSizeList(type) && type.listSize === size && isFloat32(type.valueType);
  return isFloats ? 'floats' : undefined;
}

function isFloat32(type: unknown): boolean {
  return DataType.isFloat(type) && type.precision === Precision.SINGLE;
}
