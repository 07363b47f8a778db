import {StageError} from '../../../src/contract/stage.ts';
import {transformDigestOf} from '../../../src/learning/codecs/transform.ts';
import {imageSize, type ImageShape} from '../../../src/learning/data/dataset.ts';
import {imagesShape, type SyntheticSet} from '../../../src/learning/data/synthetic.ts';
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
  assertStart(from, dataset, planned);
  return initialDistillation(
    from.stored?.values ?? from.images,
    params.stepSize ?? from.stepSize,
    stepSizeForm,
  );
}

/**
 * The soft labels of the set to start from; `undefined` if there are none. Throws a `StageError` if they are to be learned
 * and are no logits.
 */
export function startTargets(
  from: SyntheticSet | undefined,
  areLearned: boolean,
): Targets | undefined {
  const targets = from?.targets;
  if (!areLearned || targets?.kind === 'logits') return targets;
  const has = targets === undefined ? 'no soft labels' : 'labels that are probabilities';
  throw new StageError(
    from === undefined
      ? 'Labels are learned as logits: connect start to a set that has them, such as one that the stage type label made.'
      : `Labels are learned as logits, but the set to start from has ${has}: the stage type label gives logits to a set.`,
  );
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

/** Checks that a set to start from has the form of the set that the distillation makes. */
function assertStart(
  set: SyntheticSet,
  dataset: FloatDataset,
  {labels, extent: needs}: PlannedSet,
): void {
  if (set.source !== dataset.source || transformDigestOf(set) !== dataset.transformDigest) {
    throw new StageError(
      `The set to start from was made from other images (${set.name}) than those of dataset (${dataset.name}), or ones that were transformed differently.`,
    );
  }
  const has = imagesShape(set);
  if (has.height !== needs.height || has.width !== needs.width) {
    throw new StageError(
      `The images of the set to start from are ${has.height}×${has.width}, but ${needs.height}×${needs.width} are wanted.`,
    );
  }
  if (String(set.labels) !== String(labels)) {
    throw new StageError(
      `The set to start from must have ${labels.length} images, as many of each class in a row as ipc says; it has ${set.count}.`,
    );
  }
}
