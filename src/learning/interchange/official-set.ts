import {UnsupportedFile} from '../../formats/file-fault.ts';
import {toChannelsLast} from '../../formats/image-layout.ts';
import {PtFile} from '../../formats/pytorch/pt-file.ts';
import {PtTensor, type PtValue} from '../../formats/pytorch/values.ts';
import type {Tensor} from '../../formats/tensor.ts';
import type {Dataset} from '../data/dataset.ts';
import {joinedNumbers} from '../data/repeated.ts';
import {floatsOf} from './floats-of.ts';
import {joinAnswers, labelsOf, softLabelsOf, type OfficialAnswers} from './official-labels.ts';

/** The contents of a synthetic set's files, as far as they are present. */
export interface OfficialSet extends OfficialAnswers {
  /** [count, H, W, C], as networks take them. */
  readonly images: Float32Array;
  /** The learned step size; absent: the files lack it, as those of the official program do. */
  readonly stepSize?: number;
}

/** The files of a synthetic set. */
export interface OfficialSetFiles {
  readonly images: readonly string[];
  readonly labels: readonly string[];
  /** At most one. */
  readonly stepSize: readonly string[];
}

/**
 * Reads a synthetic set of the official program: `images_best.pt` is a tensor [n, C, H, W], `labels_best.pt` one [n], or,
 * of programs that learn soft labels, logits [n, classes]; these also write the step size, `lr_best.pt`. Sets in several
 * files are put together in order. Instead of images, a file may hold a dictionary of `images`, `labels`, `label_rows` or
 * `label_logits`, and `step_size`.
 * @throws CorruptFile, UnsupportedFile; or the file system's error
 */
export async function readOfficialSet(
  files: OfficialSetFiles,
  dataset: Pick<Dataset, 'shape' | 'classes' | 'name'>,
): Promise<OfficialSet> {
  const parts: OfficialSet[] = [];
  for (const path of files.images) {
    parts.push(await readImages(path, dataset));
  }
  const answers: OfficialAnswers[] = [];
  for (const path of files.labels) {
    answers.push(await readAnswers(path, dataset));
  }
  const [rate] = files.stepSize;
  const stepSize =
    rate === undefined
      ? parts.find((part) => part.stepSize !== undefined)?.stepSize
      : await readStepSize(rate);
  return {
    images: joinedNumbers(parts.map(({images}) => images)),
    ...joinAnswers(answers.length > 0 ? answers : parts, files.labels[0] ?? files.images[0]!),
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
  const [rows, logits] = [await read('label_rows'), await read('label_logits')];
  const soft =
    rows === undefined
      ? logits && softLabelsOf(logits, path, {...of, kind: 'logits'})
      : softLabelsOf(rows, path, {...of, kind: 'rows'});
  return {
    images: imagesOf(images, path, of),
    ...(labels === undefined ? {} : {labels: labelsOf(labels, path, of)}),
    ...(soft && {targets: soft}),
    ...(stepSize?.data.length === 1 ? {stepSize: Number(stepSize.data[0])} : {}),
  };
}

async function readAnswers(path: string, of: Of): Promise<OfficialAnswers> {
  await using file = await PtFile.open(path);
  if (!(file.value instanceof PtTensor)) {
    throw new UnsupportedFile(path, 'it must hold a tensor of labels');
  }
  const tensor = await file.read(file.value);
  return tensor.shape.length === 2
    ? {targets: softLabelsOf(tensor, path, of)}
    : {labels: labelsOf(tensor, path, of)};
}

/** Programs save a tensor of one number, or a number. */
async function readStepSize(path: string): Promise<number> {
  await using file = await PtFile.open(path);
  const {value} = file;
  if (typeof value === 'number') return value;
  const data = value instanceof PtTensor ? (await file.read(value)).data : [];
  if (data.length === 1) return Number(data[0]);
  throw new UnsupportedFile(path, 'it must hold one number, the step size');
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
