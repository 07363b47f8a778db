import {CorruptFile} from '../../../formats/file-fault.ts';
import {openParquet, type ParquetFile} from '../../../formats/parquet/parquet-file.ts';
import type {TreeFile} from '../../../formats/archives/tree-file.ts';
import type {PictureSplit} from '../pictures.ts';
import {splitNamed, type LabelledPixels} from './labelled-pixels.ts';

/** An image of a Parquet file: the bytes of a picture, or numbers. */
export interface ParquetRow {
  readonly image: Uint8Array | readonly number[];
  readonly label: number | string;
}

export interface ParquetRows {
  readonly name: string;
  readonly split: PictureSplit;
  readonly rows: readonly ParquetRow[];
  /** What the labels 0, 1 … are called, where the file says so. */
  readonly titles?: readonly string[];
}

const imageColumn = /^(images?|img|pixels?|x|data|png|jpe?g|bytes)$/i;
const labelColumn = /^(labels?|class|target|y|fine_label)$/i;

/** The images of Parquet files, one file at a time. @throws CorruptFile */
export async function* readParquetRows(
  files: AsyncIterable<TreeFile>,
  name: string,
): AsyncGenerator<ParquetRows> {
  for await (const entry of files) {
    const {path} = entry;
    const shown = path === '' ? name : `${name}: ${path}`;
    const file = openParquet(await entry.read(), shown);
    const {label, images} = columnsOf(file, shown);
    const records = await file.read([label, ...images]);
    const rows = records.map((record, i) => ({
      label: labelOf(record[label], `${shown}: row ${i + 1}`),
      image: imageOf(record, images, `${shown}: row ${i + 1}`),
    }));
    const titles = titlesOf(file, label);
    yield {name: shown, split: splitNamed(path) ?? 'train', rows, ...(titles && {titles})};
  }
}

/** The column of labels, and that of images; or all others, where each pixel has its own. */
function columnsOf(
  {columns}: ParquetFile,
  file: string,
): {readonly label: string; readonly images: readonly string[]} {
  const label = columns.find((column) => labelColumn.test(column));
  if (label === undefined) {
    throw new CorruptFile(
      file,
      `no column of labels: it has ${columns.slice(0, 8).join(', ')}. Call it label`,
    );
  }
  const image = columns.find((column) => imageColumn.test(column));
  const others = columns.filter((column) => column !== label);
  if (image === undefined && others.length === 0)
    throw new CorruptFile(file, 'no column of images');
  return {label, images: image === undefined ? others : [image]};
}

function labelOf(value: unknown, row: string): number | string {
  if (typeof value === 'bigint') return Number(value);
  if (typeof value === 'number' || typeof value === 'string') return value;
  throw new CorruptFile(row, 'no label that is a number or a text');
}

/** As it is, or as Hugging Face keeps it: the bytes of a file, with its name. */
function imageOf(
  record: Readonly<Record<string, unknown>>,
  columns: readonly string[],
  row: string,
): ParquetRow['image'] {
  const [only, another] = columns;
  const value = another === undefined ? record[only!] : columns.map((column) => record[column]);
  const bytes =
    value !== null && typeof value === 'object' && 'bytes' in value ? value.bytes : value;
  if (bytes instanceof Uint8Array) return bytes;
  const numbers = flat(bytes);
  if (numbers !== undefined && numbers.length > 0) return numbers;
  throw new CorruptFile(row, 'neither the bytes of a picture nor numbers');
}

/** The numbers of lists of lists, row by row; `undefined` if something else is among them. */
function flat(value: unknown): readonly number[] | undefined {
  if (typeof value === 'number') return [value];
  if (typeof value === 'bigint') return [Number(value)];
  if (!Array.isArray(value) && !ArrayBuffer.isView(value)) return undefined;
  const numbers: number[] = [];
  for (const part of value as unknown as Iterable<unknown>) {
    const inner = flat(part);
    if (inner === undefined) return undefined;
    numbers.push(...inner);
  }
  return numbers;
}

/** Hugging Face's description of the columns has the names of classes. */
function titlesOf({notes}: ParquetFile, label: string): readonly string[] | undefined {
  try {
    const described = JSON.parse(notes.get('huggingface') ?? '{}') as {
      readonly info?: {readonly features?: Readonly<Record<string, {readonly names?: unknown}>>};
    };
    const names = described.info?.features?.[label]?.names;
    const isList = Array.isArray(names) && names.every((name) => typeof name === 'string');
    return isList ? names : undefined;
  } catch {
    // A description that is none says nothing.
    return undefined;
  }
}

/** Rows of numbers as pixels. @throws CorruptFile if images have several sizes */
export function pixelsOfRows({name, split, rows}: ParquetRows): LabelledPixels {
  const size = rows[0]?.image.length ?? 0;
  const pixels = new Float32Array(rows.length * size);
  rows.forEach(({image}, i) => {
    if (image.length !== size || image instanceof Uint8Array) {
      throw new CorruptFile(
        name,
        `row ${i + 1} has ${image.length} numbers, and the first ${size}`,
      );
    }
    pixels.set(image, i * size);
  });
  return {name, split, shape: [rows.length, size], pixels, labels: rows.map(({label}) => label)};
}
