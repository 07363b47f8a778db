import {imageSize} from '../data/dataset.ts';
import type {Canvas} from '../data/canvas.ts';
import {imagesShape, type SyntheticSet} from '../data/synthetic.ts';
import {CorruptFile} from '../../formats/file-fault.ts';
import {assertFinite} from '../../formats/finite.ts';
import {MetadataFields, imageShapeText} from './metadata-fields.ts';
import {SafetensorsFile} from '../../formats/safetensors/safetensors-file.ts';
import {readSafetensors, writeSafetensors} from '../../formats/safetensors/safetensors.ts';
import {float32Tensor} from '../../formats/tensor.ts';
import type {Tensor} from '../../formats/tensor.ts';
import {parseTargets, targetTensors} from './targets.ts';
import {parseTransform, transformMetadata, transformTensors} from './transform.ts';

/** Prefix of the names of the transform's tensors. */
const transformPrefix = 'transform.';

/** Writes a synthetic set as a safetensors file; the same set gives the same bytes. */
export async function writeSynthetic(path: string, set: SyntheticSet): Promise<void> {
  const {shape, count, transform, canvas, targets, classes} = set;
  const {height, width, channels} = imagesShape(set);
  const extents = [count, height, width, channels];
  const tensors = new Map<string, Tensor>([
    ['images', float32Tensor(set.images, extents)],
    ['labels', {dtype: 'I32', shape: [count], data: set.labels}],
    ...(targets ? targetTensors(targets, [count, classes.length]) : []),
    ['step_size', {dtype: 'F64', shape: [], data: Float64Array.of(set.stepSize)}],
    ['pixels', float32Tensor(set.pixels, extents)],
    ...(transform ? transformTensors(transform, transformPrefix) : []),
  ]);
  await writeSafetensors(path, tensors, {
    name: set.name,
    source: set.source,
    shape: imageShapeText(shape),
    layout: 'HWC',
    classes: JSON.stringify(classes),
    ...(transform && transformMetadata(transform)),
    ...(set.transformDigest !== undefined && {transform_sha256: set.transformDigest}),
    ...(canvas && {canvas: JSON.stringify([canvas.size, canvas.samples])}),
    ...(set.iteration !== undefined && {iteration: String(set.iteration)}),
    ...Object.fromEntries(
      Object.entries(set.provenance).map(([name, text]) => [provenancePrefix + name, text]),
    ),
  });
}

/** Prefix of the metadata fields that describe how the set was made. */
const provenancePrefix = 'provenance.';

/** @throws CorruptFile, also if a number is not finite, a label no class, or if soft labels are no probabilities */
export async function readSynthetic(path: string): Promise<SyntheticSet> {
  const file = await readSafetensors(path);
  const fields = new MetadataFields(file.metadata, path);
  const shape = fields.imageShape('shape');
  const tensor = (name: string, dtype: Tensor['dtype'], length: number): Tensor['data'] => {
    const found = file.tensors.get(name);
    if (found?.dtype !== dtype || found.data.length !== length) {
      throw new CorruptFile(path, `it needs a tensor ${name} of ${length} × ${dtype}`);
    }
    assertFinite(found.data, path, `the tensor \`${name}\``);
    return found.data;
  };
  const count = file.tensors.get('labels')?.shape[0] ?? 0;
  const canvas = fields.has('canvas') ? {canvas: canvasOf(fields)} : {};
  const length = count * imageSize(imagesShape({shape, ...canvas}));
  const transform = fields.has('transform')
    ? {transform: parseTransform(file, {path, prefix: transformPrefix, shape})}
    : {};
  const classes = fields.texts('classes');
  const targets = parseTargets(file.tensors, path, {count, classes: classes.length});
  return {
    name: fields.text('name'),
    source: fields.text('source'),
    shape,
    classes,
    ...canvas,
    images: tensor('images', 'F32', length) as Float32Array,
    labels: knownClasses(tensor('labels', 'I32', count) as Int32Array, classes.length, path),
    ...(targets && {targets}),
    count,
    stepSize: (tensor('step_size', 'F64', 1) as Float64Array)[0]!,
    pixels: tensor('pixels', 'F32', length) as Float32Array,
    ...transform,
    ...(fields.has('transform_sha256') && {transformDigest: fields.text('transform_sha256')}),
    ...(fields.has('iteration') && {iteration: fields.count('iteration')}),
    provenance: provenanceOf(file.metadata),
  };
}

/** The labels, each of which must be one of the classes. @throws CorruptFile */
function knownClasses(labels: Int32Array, classes: number, path: string): Int32Array {
  const stray = labels.findIndex((label) => label < 0 || label >= classes);
  if (stray < 0) return labels;
  const sentence = `label ${stray} is ${labels[stray]!}, but there are ${classes} classes, counted from 0`;
  throw new CorruptFile(path, sentence);
}

/**
 * The number of updates that made a synthetic set, read without its images; `undefined` if it was not distilled.
 * @throws CorruptFile
 */
export async function readSyntheticIteration(path: string): Promise<number | undefined> {
  const file = await SafetensorsFile.open(path);
  try {
    const fields = new MetadataFields(file.metadata, path);
    return fields.has('iteration') ? fields.count('iteration') : undefined;
  } finally {
    await file.close();
  }
}

/**
 * The class of each image of a synthetic set, by its name, or by its number where the set has no names; and the size of
 * the images in pixels. The images are not read.
 * @throws CorruptFile
 */
export async function readSyntheticClasses(path: string): Promise<{
  readonly classes: readonly string[];
  readonly width: number;
  readonly height: number;
}> {
  const file = await SafetensorsFile.open(path);
  try {
    const fields = new MetadataFields(file.metadata, path);
    const names = fields.has('classes') ? fields.texts('classes') : [];
    const [, height = 0, width = 0] = file.shape('images');
    const labels = Array.from(await file.read('labels'), Number);
    return {classes: labels.map((label) => names[label] || String(label)), width, height};
  } finally {
    await file.close();
  }
}

function canvasOf(fields: MetadataFields): Canvas {
  const [size, samples] = fields.json('canvas', isCanvas, '[size, samples]');
  return {size, samples};
}

function isCanvas(value: unknown): value is readonly [number, number] {
  const isPositive = (item: unknown): boolean => Number.isSafeInteger(item) && Number(item) > 0;
  return Array.isArray(value) && value.length === 2 && value.every(isPositive);
}

function provenanceOf(metadata: Readonly<Record<string, string>>): Record<string, string> {
  const entries = Object.entries(metadata).filter(([name]) => name.startsWith(provenancePrefix));
  return Object.fromEntries(
    entries.map(([name, text]) => [name.slice(provenancePrefix.length), text]),
  );
}
