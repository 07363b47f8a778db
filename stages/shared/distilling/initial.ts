import {imageSize, type ImageShape} from '../../../src/learning/data/dataset.ts';
import type {SyntheticSet} from '../../../src/learning/data/synthetic.ts';
import type {Targets} from '../../../src/learning/data/targets.ts';
import {
  initialDistillation,
  initialLabels,
  type DistillationState,
} from '../../../src/learning/distillation/distillation-state.ts';
import type {Decoding} from '../../../src/learning/decoders/decoding.ts';
import {Random} from '../../../src/learning/random.ts';
import {sizeOf} from '../../../src/tensor/shape.ts';
import type {FloatDataset} from '../transformed-dataset.ts';
import type {DistillingContext} from './contract-parts.ts';
import type {PlannedSet} from './planned-set.ts';
import {realImages} from './real-images.ts';

interface Planned {
  readonly set: PlannedSet;
  readonly decoding: Decoding | undefined;
}

/** Step size of the official program if there is no set to start from. */
const officialStepSize = 0.01;

/**
 * The initial state of a distillation: a given set, real images or noise.
 *
 * @param labels the logits of labels, if they are learned
 */
export function initialState(
  params: DistillingContext['params'],
  dataset: FloatDataset,
  {
    labels,
    ...of
  }: Planned & {
    readonly labels: Targets | undefined;
    readonly from: SyntheticSet | undefined;
  },
): DistillationState {
  const state = initialImages(params, dataset, of);
  return {
    ...state,
    ...(labels && initialLabels(labels.values)),
    ...(params.average !== undefined && {average: state.images}),
  };
}

function initialImages(
  params: DistillingContext['params'],
  dataset: FloatDataset,
  {set: planned, decoding, from}: Planned & {readonly from: SyntheticSet | undefined},
): DistillationState {
  const {stepSizeForm = 'raw'} = params;
  if (from === undefined) {
    const images = drawImages(params, dataset, {set: planned, decoding});
    return initialDistillation(images, params.stepSize ?? officialStepSize, stepSizeForm);
  }
  const images = from.stored?.values ?? decoding?.encode(from.images) ?? from.images;
  return initialDistillation(images, params.stepSize ?? from.stepSize, stepSizeForm);
}

function drawImages(
  {init, seed, canvasSize}: DistillingContext['params'],
  dataset: FloatDataset,
  {set: planned, decoding}: Planned,
): Float32Array {
  // A canvas of repeated real images has seams, which take long to disappear.
  const start = init ?? (canvasSize === 1 ? 'real' : 'noise');
  if (start === 'real') {
    const images = realImages(dataset, planned, seed);
    return decoding?.encode(images) ?? tiled(images, dataset.shape, canvasSize);
  }
  const {labels, extent} = planned;
  const length = decoding ? sizeOf(decoding.storedShape) : labels.length * imageSize(extent);
  const random = new Random(seed, 'initial images');
  return Float32Array.from({length}, () => random.normal());
}

/** Repeats each image `times` × `times`. */
function tiled(images: Float32Array, shape: ImageShape, times: number): Float32Array {
  const {height, width, channels} = shape;
  const row = width * channels;
  const count = images.length / imageSize(shape);
  const canvases = new Float32Array(images.length * times * times);
  let at = 0;
  for (let image = 0; image < count; image++) {
    for (let y = 0; y < times * height; y++) {
      const from = (image * height + (y % height)) * row;
      for (let x = 0; x < times; x++, at += row)
        canvases.set(images.subarray(from, from + row), at);
    }
  }
  return canvases;
}
