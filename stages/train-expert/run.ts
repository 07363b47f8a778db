import type {StageContext, StageRun} from '../../src/contract/stage.ts';
import {parseStrategy} from '../../src/learning/augmentation/strategy.ts';
import {decodeSafetensors, encodeSafetensors} from '../../src/container/safetensors.ts';
import {writeTable} from '../../src/learning/codecs/table-arrow.ts';
import {float32Tensor} from '../../src/container/tensor.ts';
import {writeTrajectory} from '../../src/learning/codecs/trajectory.ts';
import type {EpochHistory} from '../../src/learning/data/trajectory.ts';
import {initialExpert, trainExpert, type ExpertSetup} from '../../src/learning/expert.ts';
import {Random} from '../../src/learning/random.ts';
import {reportingDivergence} from '../divergence.ts';
import {stageEngine} from '../engine.ts';
import {reportingFileFaults} from '../file-faults.ts';
import {fitNetwork} from '../network.ts';
import {
  firstImages,
  pickImages,
  readFloatDataset,
  type FloatDataset,
} from '../transformed-dataset.ts';
import type {contract} from './contract.ts';

type Context = StageContext<typeof contract>;

export const run: StageRun<typeof contract> = reportingFileFaults(async (context) => {
  const {params} = context;
  const dataset = await readFloatDataset(context.inputs.dataset[0]!);
  const setup = setupOf(context, dataset);
  const engine = await stageEngine(context);
  const past: Past = (await restore(context)) ?? {
    snapshots: [initialExpert(setup)],
    history: {trainLoss: [], trainAccuracy: [], testLoss: [], testAccuracy: []},
  };
  const from = {
    epoch: past.snapshots.length - 1,
    theta: past.snapshots.at(-1)!,
    ...(past.statistics === undefined ? {} : {statistics: past.statistics}),
  };
  context.progress({done: from.epoch, total: params.epochs, unit: 'epochs'});
  for await (const done of reportingDivergence(trainExpert(engine, setup, from))) {
    const {epoch, theta, statistics, train, test} = done;
    past.snapshots.push(theta);
    past.statistics = statistics;
    past.history.trainLoss.push(train.loss);
    past.history.trainAccuracy.push(train.accuracy);
    past.history.testLoss.push(test.loss);
    past.history.testAccuracy.push(test.accuracy);
    const note = `test accuracy ${(100 * test.accuracy).toFixed(1)} %`;
    context.progress({done: epoch, total: params.epochs, unit: 'epochs', note});
    context.log(`epoch ${epoch}: train loss ${train.loss.toFixed(4)}, ${note}`);
    if (epoch < params.epochs) await context.checkpoint.offer(() => save(past));
  }
  await writeTrajectory(
    context.output('trajectory'),
    trajectoryOf(setup, dataset, {params, ...past}),
    {
      precision: params.precision,
    },
  );
  await writeMetrics(context.output('metrics'), past.history);
});

/** An expert so far: its snapshots, the initial one first, and what was measured after each epoch. */
interface Past {
  readonly snapshots: Float32Array[];
  readonly history: {readonly [series in keyof EpochHistory]: number[]};
  /** Of batch normalisations, after the last epoch. */
  statistics?: Float32Array | undefined;
}

function setupOf({params}: Context, dataset: FloatDataset): ExpertSetup {
  const {images, orderSeed, testImages, augmentation} = params;
  const order = new Random(orderSeed, 'training images').permutation(dataset.train.count);
  return {
    ...params,
    model: fitNetwork(params.model, dataset),
    train:
      images === undefined
        ? dataset.train
        : pickImages(dataset, dataset.train, order.subarray(0, images)),
    test: firstImages(dataset, dataset.test, testImages),
    strategy: parseStrategy(augmentation),
  };
}

const series = ['trainLoss', 'trainAccuracy', 'testLoss', 'testAccuracy'] as const;

function save({snapshots, history, statistics}: Past): Map<string, Uint8Array> {
  const tensors = new Map(
    snapshots.map((theta, i) => [`theta.${i}`, float32Tensor(theta, [theta.length])]),
  );
  if (statistics !== undefined && statistics.length > 0) {
    tensors.set('statistics', float32Tensor(statistics, [statistics.length]));
  }
  return new Map([['expert', encodeSafetensors(tensors, {history: JSON.stringify(history)})]]);
}

async function restore({checkpoint}: Context): Promise<Past | undefined> {
  const bytes = (await checkpoint.latest())?.get('expert');
  if (bytes === undefined) return undefined;
  const {tensors, metadata} = decodeSafetensors(bytes, 'checkpoint');
  const snapshots: Float32Array[] = [];
  for (let i = 0; tensors.has(`theta.${i}`); i++) {
    snapshots.push(tensors.get(`theta.${i}`)!.data as Float32Array);
  }
  const statistics = tensors.get('statistics')?.data as Float32Array | undefined;
  return {snapshots, statistics, history: JSON.parse(metadata['history']!) as Past['history']};
}

function trajectoryOf(
  {model}: ExpertSetup,
  dataset: FloatDataset,
  {params, snapshots, history}: Past & {readonly params: Context['params']},
): Parameters<typeof writeTrajectory>[1] {
  const {seed, precision: _, model: name, ...settings} = params;
  return {
    model: name,
    layout: model.params.map(({name, shape}) => ({name, shape})),
    source: dataset.source,
    ...(dataset.transformDigest === undefined ? {} : {transformDigest: dataset.transformDigest}),
    settings,
    seed,
    snapshots,
    history,
  };
}

async function writeMetrics(path: string, history: EpochHistory): Promise<void> {
  const epochs = history.trainLoss.length;
  await writeTable(path, {
    epoch: Int32Array.from({length: epochs}, (_, i) => i + 1),
    ...Object.fromEntries(series.map((name) => [name, Float64Array.from(history[name])])),
  });
}
