import {StageError, type StageContext} from '../../src/contract/stage.ts';
import {parseStrategy} from '../../src/learning/augmentation/strategy.ts';
import type {Buffers} from '../../src/learning/codecs/buffers.ts';
import {noCanvas} from '../../src/learning/data/canvas.ts';
import type {StepOptions} from '../../src/learning/distillation/trajectories/unrolled-steps.ts';
import {Random} from '../../src/learning/random.ts';
import {assertExpertsOf, expertNetwork} from '../shared/network.ts';
import {drawPerClass, labelsPerClass} from '../shared/synthetic-set.ts';
import {pickImages, type FloatDataset} from '../shared/transformed-dataset.ts';
import type {contract} from './contract.ts';

export type ProbeContext = StageContext<typeof contract>;

/** A segment of a trajectory that students are to follow. */
export interface Segment {
  readonly trajectory: number;
  readonly startEpoch: number;
}

/** The plan of the measurements, from inputs that were read and checked against each other. */
export interface ProbePlan {
  readonly buffers: Buffers;
  /** X [n, H, W, c]: the real images that `distill` with the same seed starts from. */
  readonly images: Float32Array;
  readonly shape: readonly number[];
  readonly options: StepOptions;
  /** Trajectory after trajectory. */
  readonly segments: readonly Segment[];
}

/** Throws a `StageError` unless the experts come from the data set and have the epochs that students must cover. */
export function planOf({params}: ProbeContext, dataset: FloatDataset, buffers: Buffers): ProbePlan {
  assertMatching(params, dataset, buffers);
  const labels = labelsPerClass(dataset.classes.length, params.ipc);
  const {batch = labels.length, ipc, seed, steps} = params;
  if (batch > labels.length) {
    throw new StageError(
      `batch must be at most the ${labels.length} synthetic images, got ${batch}.`,
    );
  }
  const random = new Random(seed, 'initial images');
  const {height, width, channels} = dataset.shape;
  return {
    buffers,
    images: pickImages(dataset, dataset.train, drawPerClass(dataset, dataset.train, {ipc, random}))
      .images,
    shape: [labels.length, height, width, channels],
    options: {
      model: expertNetwork(buffers.kind, dataset),
      labels,
      steps,
      batch,
      remainder: 'drop',
      canvas: noCanvas,
      strategy: parseStrategy(params.augmentation, params.augmentationMode),
    },
    segments: segmentsOf(params, buffers),
  };
}

function segmentsOf(
  {startEpochs, trajectories, expertEpochs}: ProbeContext['params'],
  buffers: Buffers,
): readonly Segment[] {
  const last = buffers.snapshots - 1 - expertEpochs;
  const count = Math.min(startEpochs, last + 1);
  const epochs = Array.from({length: count}, (_, i) =>
    Math.round((i * last) / Math.max(1, count - 1)),
  );
  const followed = Math.min(trajectories, buffers.trajectories);
  return Array.from({length: followed}, (_, trajectory) =>
    epochs.map((startEpoch) => ({trajectory, startEpoch})),
  ).flat();
}

function assertMatching(
  {expertEpochs}: ProbeContext['params'],
  dataset: FloatDataset,
  {kind, snapshots}: Buffers,
): void {
  assertExpertsOf(dataset, kind);
  if (expertEpochs > snapshots - 1) {
    throw new StageError(
      `Students must cover ${expertEpochs} expert epochs, but the experts in buffers were trained for ${snapshots - 1}.`,
    );
  }
}
