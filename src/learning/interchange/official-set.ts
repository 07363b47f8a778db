import {UnsupportedFile} from '../../formats/file-fault.ts';
import {toChannelsLast} from '../../formats/image-layout.ts';
import {PtFile} from '../../formats/pytorch/pt-file.ts';
import {PtTensor, type PtValue} from '../../formats/pytorch/values.ts';
import type {Tensor} from '../../formats/tensor.ts';
import type {Dataset} from '../data/dataset.ts';
import {floatsOf} from './floats-of.ts';

/** The contents of a synthetic set's files, as far as they are present. */
export interface OfficialSet {
  /** [count, H, W, C], as networks take them. */
  readonly images: Float32Array;
  /** One class index per image; absent: the files have only images. */
  readonly labels?: Int32Array;
  /** The learned step size; absent: the files lack it, as those of the official program do. */
  readonly stepSize?: number;
}

/**
 * Reads a synthetic set of the official program: `images_best.pt` is a tensor [n, C, H, W], `labels_best.pt` one [n]. Sets
 * in several files are put together in order. Instead of images, a file may hold a dictionary of `images`, `labels` and
 * `step_size`.
 * @throws CorruptFile, UnsupportedFile; or the file system's error
 */
export async function readOfficialSet(
  files: {readonly images: readonly string[]; readonly labels: readonly string[]},
  dataset: Pick<Dataset, 'shape' | 'classes' | 'name'>,
): Promise<OfficialSet> {
  const parts: OfficialSet[] = [];
  for (const path of files.images) {
    parts.push(await readImages(path, dataset));
  }
  const labels: (Int32Array | undefined)[] = [];
  for (const path of files.labels) {
    labels.push(await readLabels(path, dataset));
  }
  if (labels.length === 0) labels.push(...parts.map((part) => part.labels));
  const stepSize = parts.find((part) => part.stepSize !== undefined)?.stepSize;
  return {
    images: joined(parts.map(({images}) => images)),
    ...(labels.includes(undefined) ? {} : {labels: joined(labels as readonly Int32Array[])}),
    ...(stepSize === undefined ? {} : {stepSize}),
  };
}

type Of = Pick<Dataset, 'shape' | 'classes' | 'name'>;

async function readImages(path: string, of: Of): Promise<OfficialSet> {
  await using file = await PtFile.open(path);
  const {value} = file;
  if (value instanceof PtTensor) return {images: imagesOf(await file.read(value), path, of)};
  const read = async (key: string): Promise<Tensor | undefined> => {
    const item =
      value instanceof Map ? (value as ReadonlyMap<string, PtValue>).get(key) : undefined;
    return item instanceof PtTensor ? await file.read(item) : undefined;
  };
  const images = await read('images');
  if (images === undefined) {
    const sentence = 'it must hold a tensor of images, or a dictionary with one called images';
    throw new UnsupportedFile(path, sentence);
  }
  const [labels, stepSize] = [await read('labels'), await read('step_size')];
  return {
    images: imagesOf(images, path, of),
    ...(labels === undefined ? {} : {labels: labelsOf(labels, path, of)}),
    ...(stepSize?.data.length === 1 ? {stepSize: Number(stepSize.data[0])} : {}),
  };
}

async function readLabels(path: string, of: Of): Promise<Int32Array> {
  await using file = await PtFile.open(path);
  if (file.value instanceof PtTensor) return labelsOf(await file.read(file.value), path, of);
  throw new UnsupportedFile(path, 'it must hold a tensor of labels');
}

function imagesOf(tensor: Tensor, file: string, {shape, name}: Of): Float32Array {
  const {height, width, channels} = shape;
  const [count = 0, ...rest] = tensor.shape;
  const expected = [channels, height, width];
  if (tensor.shape.length !== 4 || count === 0 || rest.join() !== expected.join()) {
    const sentence = `its images must be [n, ${expected.join(', ')}] for ${name}, got [${tensor.shape.join(', ')}]`;
    throw new UnsupportedFile(file, sentence);
  }
  const images = floatsOf(tensor, file);
  if (!images.every(Number.isFinite)) {
    throw new UnsupportedFile(file, 'it has pixels that are not finite');
  }
  return toChannelsLast(images, [count, channels, height, width]);
}

/** Labels of any numeric type that are whole numbers: early versions store floats. */
function labelsOf({shape, data}: Tensor, file: string, {classes, name}: Of): Int32Array {
  if (shape.length !== 1) {
    throw new UnsupportedFile(file, `its labels must be [n], got [${shape.join(', ')}]`);
  }
  const labels = Array.from(data, Number);
  const strange = labels.find(
    (label) => !Number.isInteger(label) || label < 0 || label >= classes.length,
  );
  if (strange === undefined) return Int32Array.from(labels);
  throw new UnsupportedFile(
    file,
    `its labels must be 0 … ${classes.length - 1} for ${name}, got ${strange}`,
  );
}

function joined<T extends Float32Array | Int32Array>(parts: readonly T[]): T {
  const [first, ...others] = parts;
  if (others.length === 0) return first!;
  const whole = new (first!.constructor as new (length: number) => T)(
    parts.reduce((sum, {length}) => sum + length, 0),
  );
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}
