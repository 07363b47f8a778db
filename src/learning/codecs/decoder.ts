import {CorruptFile} from '../../formats/file-fault.ts';
import {assertFinite} from '../../formats/finite.ts';
import type {Metadata} from '../../formats/safetensors/safetensors-header.ts';
import type {TensorFile} from '../../formats/safetensors/safetensors.ts';
import {float32Tensor, type Tensor} from '../../formats/tensor.ts';
import type {ImageShape} from '../data/dataset.ts';
import type {DecoderForm} from '../../base/decoder-form.ts';
import {formOf, type Decoder} from '../decoders/decoder.ts';
import {fieldsOf, isExtent, MetadataFields} from './metadata-fields.ts';

/** The tensors of the numbers of a decoder. */
const names = {padding: 'decoder.padding', masks: 'decoder.masks'} as const;

/** Tensors that describe a decoder. */
export function decoderTensors(decoder: Decoder): readonly (readonly [string, Tensor])[] {
  if (decoder.kind === 'idc') {
    return [[names.padding, float32Tensor(decoder.padding, [decoder.padding.length])]];
  }
  const {masks, coefficients} = decoder;
  const shape = [masks.length / coefficients, coefficients];
  return [[names.masks, {dtype: 'I32', shape, data: masks}]];
}

/** The metadata that describes a decoder. */
export function decoderMetadata(decoder: Decoder): Metadata {
  return {decoder: JSON.stringify(formOf(decoder))};
}

/** The form of the decoder of a file; `undefined` if it has none. @throws CorruptFile */
function parseDecoderForm(fields: MetadataFields): Required<DecoderForm> | undefined {
  if (!fields.has('decoder')) return undefined;
  const expected = '{kind: idc, factor, multiScale} or {kind: fred, coefficients}';
  return fields.json('decoder', isForm, expected);
}

/**
 * The decoder of a file; `undefined` if it has none.
 *
 * @param count the number of what is stored
 * @throws CorruptFile, also if the decoder does not suit images of this shape
 */
export function parseDecoder(
  {tensors, metadata}: TensorFile,
  {path, shape, count}: {readonly path: string; readonly shape: ImageShape; readonly count: number},
): Decoder | undefined {
  const form = parseDecoderForm(new MetadataFields(metadata, path));
  if (form === undefined) return undefined;
  const {height, width, channels} = shape;
  if (form.kind === 'idc') {
    const padding = tensors.get(names.padding);
    if (form.factor > Math.min(height, width)) {
      throw new CorruptFile(path, `its decoder's factor is larger than ${height}×${width} images`);
    }
    if (padding?.dtype !== 'F32' || padding.data.length !== channels) {
      throw new CorruptFile(path, `it needs a tensor ${names.padding} of ${channels} × F32`);
    }
    assertFinite(padding.data, path, `the tensor \`${names.padding}\``);
    return {...form, padding: padding.data};
  }
  const masks = tensors.get(names.masks);
  const [groups = 0, length] = masks?.shape ?? [];
  const suits = length === form.coefficients && groups > 0 && count % groups === 0;
  if (masks?.dtype !== 'I32' || masks.shape.length !== 2 || !suits) {
    const sentence = `it needs a tensor ${names.masks} of I32 [a divisor of ${count}, ${form.coefficients}]`;
    throw new CorruptFile(path, sentence);
  }
  assertMasks(masks.data, {path, length, frequencies: height * width});
  return {...form, masks: masks.data};
}

/** Refuses masks that name a frequency twice, or one that does not exist. */
function assertMasks(
  masks: Int32Array,
  {
    path,
    length,
    frequencies,
  }: {
    readonly path: string;
    readonly length: number;
    readonly frequencies: number;
  },
): void {
  for (let begin = 0; begin < masks.length; begin += length) {
    const mask = masks.subarray(begin, begin + length);
    const exist = mask.every((frequency) => frequency >= 0 && frequency < frequencies);
    if (exist && new Set(mask).size === length) continue;
    const which = `row ${begin / length} of ${names.masks}`;
    throw new CorruptFile(path, `${which} must be different numbers from 0 to ${frequencies - 1}`);
  }
}

function isForm(value: unknown): value is Required<DecoderForm> {
  const {kind, factor, multiScale, coefficients} = fieldsOf(value);
  if (kind === 'idc') return isExtent(factor) && typeof multiScale === 'boolean';
  return kind === 'fred' && isExtent(coefficients);
}
