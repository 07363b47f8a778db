import {StageError, type StageContext} from '../../src/contract/stage.ts';
import {parseStrategy} from '../../src/learning/augmentation/strategy.ts';
import type {Buffers} from '../../src/learning/codecs/buffers.ts';
import {
  outputDistance,
  parameterDistance,
  type Distance,
} from '../../src/learning/distillation/trajectories/distance.ts';
import type {TrajectorySetup} from '../../src/learning/distillation/trajectories/trajectory-objective.ts';
import type {Model} from '../../src/learning/models/model.ts';
import {Random} from '../../src/learning/random.ts';
import type {Engine} from '../../src/tensor/engine.ts';
import type {PlannedSet} from '../shared/distilling/planned-set.ts';
import {assertExpertsOf, expertNetwork} from '../shared/network.ts';
import {pickImages, type FloatDataset} from '../shared/transformed-dataset.ts';
import type {contract} from './contract.ts';
import {teacherFault} from './label-faults.ts';
import {epochsNeeded} from './match-faults.ts';
import {partImagesOf} from './memory.ts';

type Context = StageContext<typeof contract>;

/** The inputs of a distillation, read and checked against each other. */
export interface Materials {
  readonly dataset: FloatDataset;
  readonly buffers: Buffers;
  readonly set: PlannedSet;
}

/** The setup without the parts that need an engine. */
export type CheckedSetup = Omit<TrajectorySetup, 'distance'>;

/**
 * Makes the setup. Throws a `StageError` unless the experts come from the data set and have the epochs that are used.
 */
export function setupOf(context: Context, materials: Materials): CheckedSetup {
  const {params} = context;
  const {dataset, buffers, set} = materials;
  const {labels, canvas} = set;
  assertMatching(context, materials);
  const {batch = labels.length} = params;
  if (batch > labels.length) {
    throw new StageError(
      `batch must be at most the ${labels.length} synthetic images, got ${batch}.`,
    );
  }
  assertDistance(context, materials);
  const fault = teacherFault(params);
  if (fault !== undefined) throw new StageError(fault);
  warnOfNetwork(context, buffers.kind.model);
  const model = expertNetwork(buffers.kind, dataset);
  return {
    ...params,
    batch,
    labels,
    isTaught: params.labels === 'teacher',
    canvas,
    model,
    partImages: partImagesOf(context, {model, batch}, set),
    trajectories: buffers,
    strategy: parseStrategy(params.augmentation, params.augmentationMode),
  };
}

/**
 * Warns of other networks than ConvNets: no publication shows that the method works with them, and users of the
 * official program found that it does not.
 */
function warnOfNetwork(context: Context, model: string): void {
  if (model.startsWith('ConvNet')) return;
  context.warn(
    `The experts are of ${model}, but the authors only distilled with ConvNets: with other networks the loss tends to explode or not to fall. They used networks such as ${model} to evaluate sets that were distilled with ConvNets.`,
  );
}

/** The distance by which the student is compared. */
export function distanceOf(
  engine: Engine,
  {params}: Context,
  model: Model,
  {train, ...dataset}: FloatDataset,
): Distance {
  const {match, normalise, probe, seed, skipShallow} = params;
  if (match === 'parameters') {
    return parameterDistance(engine, {model, normalisation: normalise, skipShallow});
  }
  const order = new Random(seed, 'probe').permutation(train.count).subarray(0, probe);
  return outputDistance(engine, model, {
    probe: pickImages({...dataset, train}, train, order),
    outputs: match,
    normalisation: normalise === 'none' ? 'none' : 'global',
  });
}

function assertMatching({params}: Context, {dataset, buffers}: Materials): void {
  const {kind, snapshots} = buffers;
  assertExpertsOf(dataset, kind);
  const {needed, sum} = epochsNeeded(params);
  if (needed > snapshots - 1) {
    throw new StageError(
      `${sum} expert epochs are needed, but the experts in buffers were trained for ${snapshots - 1}.`,
    );
  }
}

function assertDistance({params}: Context, {dataset}: Materials): void {
  const {match, normalise, probe} = params;
  if (match === 'parameters') return;
  if (normalise === 'layer') {
    throw new StageError(`normalise: layer needs match: parameters, but match is ${match}.`);
  }
  if (probe > dataset.train.count) {
    throw new StageError(
      `probe must be at most the ${dataset.train.count} training images of ${dataset.name}, got ${probe}.`,
    );
  }
}
