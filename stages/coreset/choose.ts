import {StageError} from '../../src/contract/stage.ts';
import {herd, spread, type Candidates} from '../../src/learning/coreset/coreset.ts';
import {openBuffers, type Buffers} from '../../src/learning/codecs/buffers.ts';
import {imageSize} from '../../src/learning/data/dataset.ts';
import {floatsOf} from '../../src/learning/data/standardised-bytes.ts';
import {readFeatures} from '../../src/learning/coreset/features.ts';
import {Random} from '../../src/learning/random.ts';
import type {FloatSplit} from '../../src/learning/data/float-split.ts';
import {stageEngine} from '../shared/engine.ts';
import {assertExpertsOf, expertNetwork} from '../shared/network.ts';
import {missingExperts} from './check.ts';
import {drawPerClass} from '../shared/synthetic-set.ts';
import {pickImages, type FloatDataset} from '../shared/transformed-dataset.ts';
import {chooseCorrectImages} from './choose-correct.ts';
import {reportClass, type Context} from './report-class.ts';

/** The chosen training images, and the features that the choice was based on. */
export interface Choice {
  /** `ipc` images of each class, class after class. */
  readonly indices: readonly number[];
  readonly features: string;
}

/** Chooses images by the requested method. Throws a `StageError` if a class has too few images. */
export async function chooseImages(
  context: Context,
  dataset: FloatDataset,
  ipc: number,
): Promise<Choice> {
  const {method, seed} = context.params;
  const random = new Random(seed, 'coreset');
  // This also finds a class with too few images.
  const drawn = drawPerClass(dataset, dataset.train, {ipc, random});
  if (method === 'random') return {indices: drawn, features: 'none'};
  if (context.inputs.buffers.length === 0) {
    if (method === 'correct') throw new StageError(missingExperts);
    const pixels = async (images: FloatSplit): Promise<Candidates> => ({
      features: floatsOf(images.images),
      count: images.count,
      size: imageSize(dataset.shape),
    });
    return {
      indices: await choosePerClass(context, dataset, {ipc, features: pixels}),
      features: 'pixels',
    };
  }
  await using buffers = await openBuffers(context.inputs.buffers);
  assertExpertsOf(dataset, buffers.kind);
  const last = buffers.snapshots - 1;
  if (method === 'correct') {
    const indices = await chooseCorrectImages(context, dataset, {buffers, ipc, random});
    return {indices, features: `none; experts of ${buffers.kind.model} after ${last} epochs chose`};
  }
  const features = await expertFeatures(context, dataset, buffers, last);
  return {
    indices: await choosePerClass(context, dataset, {ipc, features}),
    features: `${buffers.kind.model}, the first expert after ${last} epochs`,
  };
}

type ReadFeatures = (images: FloatSplit) => Promise<Candidates>;

/** The input of the last layer of the first expert, at the end of its training. */
async function expertFeatures(
  context: Context,
  dataset: FloatDataset,
  buffers: Buffers,
  epoch: number,
): Promise<ReadFeatures> {
  const model = expertNetwork(buffers.kind, dataset);
  const theta = await buffers.snapshot(0, epoch);
  const engine = await stageEngine(context);
  return async (images) => {
    const candidates = await readFeatures(engine, model, {theta, images});
    if (candidates.features.every(Number.isFinite)) return candidates;
    throw new StageError(
      'The features that the first expert in buffers gives are not finite, because its parameters are too large: they cannot distinguish images.',
    );
  };
}

async function choosePerClass(
  context: Context,
  {train, ...dataset}: FloatDataset,
  {ipc, features}: {readonly ipc: number; readonly features: ReadFeatures},
): Promise<readonly number[]> {
  const choose = context.params.method === 'herding' ? herd : spread;
  const total = dataset.classes.length;
  const chosen: number[] = [];
  for (let label = 0; label < total; label++) {
    await reportClass(context, label, total);
    const members = Array.from(train.labels.keys()).filter((i) => train.labels[i] === label);
    const candidates = await features(pickImages({...dataset, train}, train, members));
    chosen.push(...choose(candidates, ipc).map((i) => members[i]!));
  }
  return chosen;
}
