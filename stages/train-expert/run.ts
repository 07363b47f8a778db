import type {StageContext, StageRun} from '../../src/contract/stage.ts';
import {parseTrainingStrategy} from '../../src/learning/augmentation/dc.ts';
import {writeTrajectory} from '../../src/learning/codecs/trajectory.ts';
import type {ExpertKind} from '../../src/learning/data/trajectory.ts';
import {initialExpert, trainExpert, type ExpertSetup} from '../../src/learning/training/expert.ts';
import {Random} from '../../src/learning/random.ts';
import {reportingDivergence} from '../shared/divergence.ts';
import {stageEngine} from '../shared/engine.ts';
import {reportingFileFaults} from '../shared/file-faults.ts';
import {fitNetwork} from '../shared/network.ts';
import {reportSharing} from '../shared/sharing.ts';
import {
  someImages,
  pickImages,
  readFloatDataset,
  type FloatDataset,
} from '../shared/transformed-dataset.ts';
import type {contract} from './contract.ts';
import {restoreExpert, saveExpert} from './checkpoint.ts';
import {ExpertLog, type Retention} from './metrics.ts';
import {goOn} from './start.ts';

type Context = StageContext<typeof contract>;

export const run: StageRun<typeof contract> = reportingFileFaults(async (context) => {
  const {params, checkpoint} = context;
  const dataset = await readFloatDataset(context.inputs.dataset[0]!);
  const setup = setupOf(context, dataset);
  const {epochs, keep = epochs, precision, line} = params;
  // A line is made of all snapshots in the end, and they are not rounded before.
  const keptAs = line === undefined ? precision : 'F32';
  const retention = {snapshots: Math.min(keep, epochs) + 1, precision: keptAs};
  const engine = await stageEngine(context);
  reportSharing(context, engine, {model: setup.model, images: params.batch});
  const saved = await checkpoint.latest();
  const of = kindOf(setup, dataset, params);
  const {log, state} =
    saved === undefined
      ? await begin(context, {setup, retention, of})
      : restoreExpert(saved, retention);
  const report = (done: number, note?: string): void =>
    context.progress({done, total: epochs, unit: 'epochs', ...(note !== undefined && {note})});
  report(state.epoch, lastAccuracy(log));
  const training = trainExpert(engine, setup, state, async (epochsDone, now) => {
    report(Math.floor(100 * epochsDone) / 100, lastAccuracy(log));
    await checkpoint.offer(async () => saveExpert(await now(), log));
  });
  for await (const done of reportingDivergence(training)) {
    log.add(done);
    report(done.epoch, lastAccuracy(log));
    context.log(
      `epoch ${done.epoch}: train loss ${done.train.loss.toFixed(4)}, ${lastAccuracy(log)}`,
    );
    if (done.epoch < epochs) await checkpoint.offer(() => saveExpert(done, log));
  }
  const trajectory = {...of, seed: params.seed, snapshots: log.snapshots, history: log.history};
  await writeTrajectory(context.output('trajectory'), trajectory, {precision, line});
  await log.write(context.output('metrics'));
});

/** The beginning of the training: a new network, or the last epoch of `start`, if that has all that is needed. */
async function begin(
  context: Context,
  {setup, retention, of}: {setup: ExpertSetup; retention: Retention; of: ExpertKind},
): Promise<ReturnType<typeof restoreExpert>> {
  const {inputs, params} = context;
  const [start] = inputs.start;
  const wanted = {kind: of, seed: params.seed, retention};
  const begun = start === undefined ? undefined : await goOn(start, wanted);
  if (begun === undefined) {
    const theta = initialExpert(setup);
    return {log: ExpertLog.begin(retention, theta), state: {epoch: 0, theta}};
  }
  context.log(`going on after epoch ${begun.state.epoch}`);
  return begun;
}

function lastAccuracy({history}: ExpertLog): string | undefined {
  const last = history.testAccuracy.at(-1);
  return last === undefined ? undefined : `test accuracy ${(100 * last).toFixed(1)} %`;
}

function setupOf(context: Context, dataset: FloatDataset): ExpertSetup {
  const {params} = context;
  const {images, orderSeed, testImages, augmentation, augmentationMode, siamese} = params;
  if (images !== undefined && images > dataset.train.count) {
    context.warn(
      `images is ${images}, but ${dataset.name} has only ${dataset.train.count} training images: the expert is trained on all of them.`,
    );
  }
  const order = new Random(orderSeed, 'training images').permutation(dataset.train.count);
  return {
    ...params,
    model: fitNetwork(params.model, dataset),
    train:
      images === undefined
        ? dataset.train
        : pickImages(dataset, dataset.train, order.subarray(0, images)),
    test: someImages(dataset, dataset.test, testImages),
    strategy: parseTrainingStrategy(augmentation, augmentationMode, siamese),
  };
}

/** The kind of expert that is trained, and the settings of its training. */
function kindOf(
  {model}: ExpertSetup,
  dataset: FloatDataset,
  params: Context['params'],
): ExpertKind {
  // Storage and measurement do not change how an expert is trained.
  const {seed: _, precision: __, keep: ___, testImages: ____, line: _____, ...trained} = params;
  const {model: name, flat = {}, ...plain} = trained;
  const flatness = Object.entries(flat).map(([field, value]) => [`flat.${field}`, value] as const);
  return {
    model: name,
    layout: model.params.map(({name, shape}) => ({name, shape})),
    image: dataset.shape,
    classes: dataset.classes.length,
    source: dataset.source,
    ...(dataset.transformDigest === undefined ? {} : {transformDigest: dataset.transformDigest}),
    settings: {...plain, ...Object.fromEntries(flatness)},
  };
}
