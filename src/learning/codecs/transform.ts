import {createHash} from 'node:crypto';
import {imageSize} from '../data/dataset.ts';
import type {ImageShape, Transform} from '../data/dataset.ts';
import {CorruptFile} from '../../formats/file-fault.ts';
import {assertFinite} from '../../formats/finite.ts';
import {MetadataFields, imageShapeText} from './metadata-fields.ts';
import {readSafetensors, writeSafetensors} from '../../formats/safetensors/safetensors.ts';
import type {TensorFile} from '../../formats/safetensors/safetensors.ts';
import type {Metadata} from '../../formats/safetensors/safetensors-header.ts';
import {bytesOfElements, float32Tensor} from '../../formats/tensor.ts';
import type {Tensor} from '../../formats/tensor.ts';

/** A transform, with a description of the data set that it was fitted to. */
export interface FittedTransform {
  readonly transform: Transform;
  /** The data set's name, image shape and source digest. */
  readonly name: string;
  readonly shape: ImageShape;
  readonly source: string;
  /** Number of images that it was fitted to. */
  readonly count: number;
}

/** Writes a transform as a safetensors file of `mean` and `std`, or of `mean`, `whitening` and `inverse`. */
export async function writeTransform(path: string, fitted: FittedTransform): Promise<void> {
  const {transform, name, shape, source, count} = fitted;
  await writeSafetensors(path, transformTensors(transform, ''), {
    ...transformMetadata(transform),
    name,
    source,
    shape: imageShapeText(shape),
    layout: 'HWC',
    count: String(count),
  });
}

/** @throws CorruptFile */
export async function readTransform(path: string): Promise<FittedTransform> {
  const file = await readSafetensors(path);
  const fields = new MetadataFields(file.metadata, path);
  const shape = fields.imageShape('shape');
  return {
    transform: parseTransform(file, {path, prefix: '', shape}),
    shape,
    name: fields.text('name'),
    source: fields.text('source'),
    count: fields.count('count'),
  };
}

/** The tensors of a transform; `prefix` is put before each name. */
export function transformTensors(transform: Transform, prefix: string): Map<string, Tensor> {
  const {mean} = transform;
  const tensors = new Map([[`${prefix}mean`, float32Tensor(mean, [mean.length])]]);
  if (transform.kind === 'standardise') {
    return tensors.set(`${prefix}std`, float32Tensor(transform.std, [mean.length]));
  }
  const square = [mean.length, mean.length];
  return tensors
    .set(`${prefix}whitening`, float32Tensor(transform.whitening, square))
    .set(`${prefix}inverse`, float32Tensor(transform.inverse, square));
}

/** The metadata that describes a transform. */
export function transformMetadata(transform: Transform): Metadata {
  return transform.kind === 'zca'
    ? {transform: transform.kind, transform_eps: String(transform.eps)}
    : {transform: transform.kind};
}

/**
 * Reads the transform whose tensors have the prefix `prefix`, and checks it against the images' shape.
 * @throws CorruptFile, also if a number is not finite or a deviation cannot be a divisor
 */
export function parseTransform(
  file: TensorFile,
  of: {readonly path: string; readonly prefix: string; readonly shape: ImageShape},
): Transform {
  const fields = new MetadataFields(file.metadata, of.path);
  const kind = fields.text('transform');
  const floats = (name: string, length: number): Float32Array => {
    const tensor = file.tensors.get(of.prefix + name);
    if (tensor?.dtype !== 'F32' || tensor.data.length !== length) {
      throw new CorruptFile(of.path, `it needs a tensor ${of.prefix}${name} of ${length} × F32`);
    }
    assertFinite(tensor.data, of.path, `the tensor \`${of.prefix}${name}\``);
    return tensor.data;
  };
  if (kind === 'standardise') {
    const {channels} = of.shape;
    const std = floats('std', channels);
    assertDeviations(std, of.path);
    return {kind, mean: floats('mean', channels), std};
  }
  if (kind !== 'zca') throw new CorruptFile(of.path, `its transform is of no known kind: ${kind}`);
  const d = imageSize(of.shape);
  return {
    kind,
    mean: floats('mean', d),
    whitening: floats('whitening', d * d),
    inverse: floats('inverse', d * d),
    eps: fields.number('transform_eps'),
  };
}

/** Refuses standard deviations that cannot be divisors. @throws CorruptFile */
export function assertDeviations(std: Float32Array, file: string): void {
  const channel = std.findIndex((deviation) => !(deviation > 0));
  if (channel < 0) return;
  const sentence = `it divides channel ${channel} by a standard deviation of ${std[channel]}`;
  throw new CorruptFile(file, sentence);
}

/** Identifies the transform of a set's images, which the set may carry; `undefined`: there is none, or it is unknown. */
export function transformDigestOf({
  transform,
  transformDigest: digest,
}: {
  readonly transform?: Transform;
  readonly transformDigest?: string;
}): string | undefined {
  return transform === undefined ? digest : transformDigest(transform);
}

/** A digest that identifies a transform: the sha256 of all its numbers. */
export function transformDigest(transform: Transform): string {
  const sha256 = createHash('sha256').update(JSON.stringify(transformMetadata(transform)));
  for (const tensor of transformTensors(transform, '').values()) {
    sha256.update(bytesOfElements(tensor));
  }
  return sha256.digest('hex');
}
