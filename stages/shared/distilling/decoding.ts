import type {DecoderForm} from '../../../src/base/decoder-form.ts';
import type {Decoder} from '../../../src/learning/decoders/decoder.ts';
import type {Decoding} from '../../../src/learning/decoders/decoding.ts';
import {decodingOf} from '../../../src/learning/decoders/decoding-of.ts';
import type {SyntheticSet} from '../../../src/learning/data/synthetic.ts';
import {fredMasks} from '../../../src/learning/decoders/fred.ts';
import type {FloatDataset} from '../transformed-dataset.ts';
import type {DistillingContext} from './contract-parts.ts';
import type {PlannedSet} from './planned-set.ts';
import {realImages} from './real-images.ts';

/**
 * How the images of the planned set come from what is stored; `undefined`: they are stored themselves. A set to start from
 * brings its decoder if it has one; a new decoder looks at the images of the start.
 */
export function plannedDecoding(
  {decoder: form, seed}: DistillingContext['params'],
  dataset: FloatDataset,
  {set, from}: {readonly set: PlannedSet; readonly from: SyntheticSet | undefined},
): Decoding | undefined {
  const {extent, perClass} = set;
  const images = (): Float32Array => from?.images ?? realImages(dataset, set, seed);
  const decoder = from?.stored?.decoder ?? (form && newDecoder(form, dataset, images));
  const count = dataset.classes.length * perClass.stored;
  return decoder && decodingOf(decoder, {shape: extent, count});
}

/** @param images those of the start, class by class */
function newDecoder(form: DecoderForm, dataset: FloatDataset, images: () => Float32Array): Decoder {
  if (form.kind === 'idc') {
    const {factor, multiScale = false} = form;
    return {kind: 'idc', factor, multiScale, padding: greyOf(dataset)};
  }
  const masks = fredMasks(images(), {
    groups: dataset.classes.length,
    coefficients: form.coefficients,
    shape: dataset.shape,
  });
  return {...form, masks};
}

/**
 * What grey, a pixel of .5, is after the transform, by channel; 0 where that depends on the place, as after whitening, or is not
 * known.
 */
function greyOf({transform, transformDigest, shape: {channels}}: FloatDataset): Float32Array {
  if (transform?.kind === 'standardise') {
    const {mean, std} = transform;
    return mean.map((each, c) => (0.5 - each) / std[c]!);
  }
  const isPlain = transform === undefined && transformDigest === undefined;
  return new Float32Array(channels).fill(isPlain ? 0.5 : 0);
}
