import {rename, rm} from 'node:fs/promises';
import path from 'node:path';
import {makeFolders} from '../../src/base/make-folders.ts';
import {CorruptFile} from '../../src/formats/file-fault.ts';
import {toChannelsFirst, type ChannelsFirst} from '../../src/formats/image-layout.ts';
import {TensorToSave, type ToSave} from '../../src/formats/pytorch/pickler.ts';
import {writePt} from '../../src/formats/pytorch/write-pt.ts';
import {SafetensorsFile} from '../../src/formats/safetensors/safetensors-file.ts';
import {elementCount, type Tensor} from '../../src/formats/tensor.ts';
import {readSynthetic} from '../../src/learning/codecs/synthetic.ts';
import {repeated} from '../../src/learning/data/repeated.ts';
import {logitsOfRows} from '../../src/learning/data/targets.ts';
import {isTrajectory, savedTrajectories} from './official-trajectories.ts';

/** Gives a tensor's elements when they are written. */
export type Source = () => Promise<Tensor['data']>;

/**
 * Writes files of tensors as files that `torch.load(weights_only=True)` reads.
 *
 * - A synthetic set: into a folder, `images_best.pt`, `labels_best.pt` and `lr_best.pt`, or by their iteration where there
 *   are several, `images_500.pt`, as the official program and those that learn soft labels have them: labels are logits then;
 *   into a file, a dictionary of `images`, `labels`, `label_rows` or `label_logits`, `step_size` and `pixels`.
 * - Buffers and trajectories: `replay_buffer_0.pt`, … in a folder, or one of them as a file.
 * - Any other file of tensors: a dictionary.
 * @param target a file if its name ends in `.pt`, otherwise a folder, which is made
 * Gives the files written.
 * @throws FileFault if a file cannot be read; RangeError if a single file cannot hold them
 */
export async function exportPt(
  files: readonly string[],
  target: string,
): Promise<readonly string[]> {
  const isFile = target.endsWith('.pt');
  if (isFile && files.length > 1) {
    throw new RangeError(`${files.length} artifacts do not fit into one file: name a folder.`);
  }
  await makeFolders(isFile ? path.dirname(target) : target);
  const written: string[] = [];
  for (const [index, file] of files.entries()) {
    await using tensors = await SafetensorsFile.open(file);
    for (const [name, value] of Object.entries(
      contentOf(tensors, {isFile, index, file, several: files.length > 1}),
    )) {
      const place = isFile ? target : path.join(target, name);
      await writeWhole(place, value);
      written.push(place);
    }
  }
  return written;
}

/** The contents to write, by the names of files in a folder. The names of the tensors decide their kind. */
function contentOf(
  tensors: SafetensorsFile,
  as: {
    readonly isFile: boolean;
    readonly index: number;
    readonly file: string;
    readonly several: boolean;
  },
): Readonly<Record<string, ToSave<Source>>> {
  const {isFile, index, file, several} = as;
  const {names} = tensors;
  if (names.every((name) => isTrajectory.test(name))) {
    return {[`replay_buffer_${index}.pt`]: savedTrajectories(tensors, file)};
  }
  const learned = names.includes('stored') ? 'stored' : 'images';
  if (![learned, 'labels', 'step_size', 'pixels'].every((name) => names.includes(name))) {
    const all = names.map((name) => [name, saved(tensors, name)] as const);
    return {[`tensors_${index}.pt`]: new Map(all)};
  }
  const [images, labels] = [networkImages(tensors, file), labelsOf(tensors)];
  const stepSize = saved(tensors, 'step_size');
  if (!isFile) {
    const which = several ? iterationOf(tensors, index) : 'best';
    return {
      [`images_${which}.pt`]: images,
      [`labels_${which}.pt`]: logitsOf(tensors) ?? labels,
      [`lr_${which}.pt`]: stepSize,
    };
  }
  const soft = ['label_rows', 'label_logits'].filter((name) => names.includes(name));
  const all = new Map<string, ToSave<Source>>([
    ['images', images],
    ['labels', labels],
    ...soft.map((name) => [name, rowsOf(tensors, name)] as const),
    ['step_size', stepSize],
    ['pixels', imagesOf(tensors, 'pixels', file)],
  ]);
  return {all};
}

/** The number of updates that made a set; the number of its file if that is not known. */
function iterationOf({metadata}: SafetensorsFile, index: number): string {
  const {iteration = ''} = metadata;
  return /^\d+$/.test(iteration) ? iteration : String(index);
}

/** A tensor as it is stored. */
function saved(tensors: SafetensorsFile, name: string): TensorToSave<Source> {
  return new TensorToSave({...tensors.info(name), source: () => tensors.read(name)});
}

/** Images in PyTorch's layout, with channels before pixels. */
function imagesOf(tensors: SafetensorsFile, name: string, file: string): TensorToSave<Source> {
  const {dtype, shape} = tensors.info(name);
  const [count, height, width, channels] = shape;
  if (dtype !== 'F32' || channels === undefined || shape.length !== 4) {
    throw new CorruptFile(file, `${name} must be [n, H, W, C] of float32`);
  }
  const first: ChannelsFirst = [count!, channels, height!, width!];
  return new TensorToSave({
    dtype,
    shape: first,
    source: async () => toChannelsFirst((await tensors.read(name)) as Float32Array, first),
  });
}

/** The images that networks see: those of a set, or those that are decoded from what it stores, of the shape of its pixels. */
function networkImages(tensors: SafetensorsFile, file: string): TensorToSave<Source> {
  if (!tensors.names.includes('stored')) return imagesOf(tensors, 'images', file);
  const {dtype, shape} = imagesOf(tensors, 'pixels', file);
  const source = async (): Promise<Float32Array> =>
    toChannelsFirst((await readSynthetic(file)).images, shape as ChannelsFirst);
  return new TensorToSave({dtype, shape, source});
}

/** Labels as 64-bit numbers, which PyTorch requires of class indices. */
function labelsOf(tensors: SafetensorsFile): TensorToSave<Source> {
  const {shape, source} = rowsOf(tensors, 'labels');
  return new TensorToSave({
    dtype: 'I64',
    shape,
    source: async () =>
      BigInt64Array.from((await source()) as Int32Array, (label) => BigInt(label)),
  });
}

/** Labels of each image: those of what images are decoded from stand over and over. */
function rowsOf(tensors: SafetensorsFile, name: string): TensorToSave<Source> {
  const {dtype, shape} = tensors.info(name);
  const all = [tensors.shape('pixels')[0]!, ...shape.slice(1)];
  const source = async (): Promise<Tensor['data']> =>
    repeated((await tensors.read(name)) as Float32Array | Int32Array, elementCount(all));
  return new TensorToSave({dtype, shape: all, source});
}

/** Soft labels as programs learn them, logits; `undefined` if there are none. */
function logitsOf(tensors: SafetensorsFile): TensorToSave<Source> | undefined {
  if (tensors.names.includes('label_logits')) return rowsOf(tensors, 'label_logits');
  if (!tensors.names.includes('label_rows')) return undefined;
  const {dtype, shape, source} = rowsOf(tensors, 'label_rows');
  return new TensorToSave({
    dtype,
    shape,
    source: async () => logitsOfRows((await source()) as Float32Array),
  });
}

/** Writes a file that is never visible half-written. */
async function writeWhole(file: string, value: ToSave<Source>): Promise<void> {
  const temporary = `${file}.tmp`;
  try {
    await writePt(temporary, value, (source) => source());
    await rename(temporary, file);
  } finally {
    await rm(temporary, {force: true});
  }
}
