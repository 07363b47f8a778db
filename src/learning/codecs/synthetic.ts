import {imageSize} from '../data/dataset.ts';
import type {Canvas} from '../data/canvas.ts';
import {imagesShape, storedCount, type SyntheticSet} from '../data/synthetic.ts';
import {CorruptFile} from '../../formats/file-fault.ts';
import {assertFinite} from '../../formats/finite.ts';
import {MetadataFields, imageShapeText, isExtent} from './metadata-fields.ts';
import {SafetensorsFile} from '../../formats/safetensors/safetensors-file.ts';
import {readSafetensors, writeSafetensors} from '../../formats/safetensors/safetensors.ts';
import {elementCount, float32Tensor, type Tensor} from '../../formats/tensor.ts';
import {isRepeated, repeated} from '../data/repeated.ts';
import type {Targets} from '../data/targets.ts';
import {repeatsOf} from '../../base/decoder-form.ts';
import type {Decoder} from '../decoders/decoder.ts';
import {storedShapeOf, type DecodingOptions} from '../decoders/decoding.ts';
import {decodingOf} from '../decoders/decoding-of.ts';
import {decoderMetadata, decoderTensors, parseDecoder} from './decoder.ts';
import {storedBytes} from './set-bytes.ts';
import {parseTargets, targetTensors} from './targets.ts';
import {parseTransform, transformMetadata, transformTensors} from './transform.ts';

/** Prefix of the names of the transform's tensors. */
const transformPrefix = 'transform.';

/** Writes a synthetic set as a safetensors file; the same set gives the same bytes. */
export async function writeSynthetic(path: string, set: SyntheticSet): Promise<void> {
  const {shape, count, transform, canvas, classes, stored} = set;
  const {height, width, channels} = imagesShape(set);
  const tensors = new Map<string, Tensor>([
    ...learnedTensors(set),
    ['step_size', {dtype: 'F64', shape: [], data: Float64Array.of(set.stepSize)}],
    ['pixels', float32Tensor(set.pixels, [count, height, width, channels])],
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
    ...(stored && {
      ...decoderMetadata(stored.decoder),
      stored_bytes: String(storedBytes(tensors)),
    }),
    ...(canvas && {canvas: JSON.stringify([canvas.size, canvas.samples])}),
    ...(set.iteration !== undefined && {iteration: String(set.iteration)}),
    ...Object.fromEntries(
      Object.entries(set.provenance).map(([name, text]) => [provenancePrefix + name, text]),
    ),
  });
}

/** Images and labels; or what images are decoded from, the labels of that, and the decoder. */
function learnedTensors(set: SyntheticSet): readonly (readonly [string, Tensor])[] {
  const {shape, count, targets, classes, stored, labels} = set;
  const rows = (kept: Targets): readonly (readonly [string, Tensor])[] =>
    targetTensors(kept, [kept.values.length / classes.length, classes.length]);
  if (stored === undefined) {
    const {height, width, channels} = imagesShape(set);
    return [
      ['images', float32Tensor(set.images, [count, height, width, channels])],
      ['labels', {dtype: 'I32', shape: [count], data: labels}],
      ...(targets ? rows(targets) : []),
    ];
  }
  const {decoder, values} = stored;
  const own = storedCount(set);
  return [
    ['stored', float32Tensor(values, storedShapeOf(decoder, {shape, count: own}))],
    ['labels', {dtype: 'I32', shape: [own], data: labels.subarray(0, own)}],
    ...(targets ? rows(shortest(targets, own * classes.length)) : []),
    ...decoderTensors(decoder),
  ];
}

/** Soft labels that all images from one source share are stored once. */
function shortest({kind, values}: Targets, own: number): Targets {
  return {kind, values: isRepeated(values, own) ? values.subarray(0, own) : values};
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
  const own = file.tensors.get('labels')?.shape[0] ?? 0;
  const decoder = parseDecoder(file, {path, shape, count: own});
  const count = decoder === undefined ? own : own * repeatsOf(decoder);
  const canvas = fields.has('canvas') ? {canvas: canvasOf(fields)} : {};
  if (decoder && 'canvas' in canvas) {
    throw new CorruptFile(path, 'it has both a decoder and canvases');
  }
  const length = count * imageSize(imagesShape({shape, ...canvas}));
  // Before anything is decoded: a small file cannot ask for much memory.
  const pixels = tensor('pixels', 'F32', length) as Float32Array;
  const transform = fields.has('transform')
    ? {transform: parseTransform(file, {path, prefix: transformPrefix, shape})}
    : {};
  const classes = fields.texts('classes');
  const counts = [...new Set([own, count])];
  const targets = parseTargets(file.tensors, path, {counts, classes: classes.length});
  const stored = knownClasses(tensor('labels', 'I32', own) as Int32Array, classes.length, path);
  const labels = repeated(stored, count);
  return {
    name: fields.text('name'),
    source: fields.text('source'),
    shape,
    classes,
    ...canvas,
    ...(decoder === undefined
      ? {images: tensor('images', 'F32', length) as Float32Array}
      : decodedImages(decoder, {shape, count: own}, tensor)),
    labels,
    ...(targets && {
      targets: {...targets, values: repeated(targets.values, count * classes.length)},
    }),
    count,
    stepSize: (tensor('step_size', 'F64', 1) as Float64Array)[0]!,
    pixels,
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

function decodedImages(
  decoder: Decoder,
  options: DecodingOptions,
  tensor: (name: string, dtype: 'F32', length: number) => Tensor['data'],
): Pick<SyntheticSet, 'images' | 'stored'> {
  const shape = storedShapeOf(decoder, options);
  const values = tensor('stored', 'F32', elementCount(shape)) as Float32Array;
  return {
    images: decodingOf(decoder, options).decodeOnHost(values),
    stored: {decoder, values},
  };
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
    const [count = 0, height = 0, width = 0] = file.shape('pixels');
    const own = Array.from(await file.read('labels'), Number);
    // Images that are decoded have the labels of what they come from, over and over.
    const labels = Array.from({length: count}, (_, i) => own[i % own.length]!);
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
  return Array.isArray(value) && value.length === 2 && value.every(isExtent);
}

function provenanceOf(metadata: Readonly<Record<string, string>>): Record<string, string> {
  const entries = Object.entries(metadata).filter(([name]) => name.startsWith(provenancePrefix));
  return Object.fromEntries(
    entries.map(([name, text]) => [name.slice(provenancePrefix.length), text]),
  );
}
