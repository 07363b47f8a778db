import {
  StageError,
  type CheckpointState,
  type StageContext,
  type StageRun,
} from '../../src/contract/stage.ts';
import {parseStrategy} from '../../src/learning/augmentation/strategy.ts';
import {openBuffers, type Buffers} from '../../src/learning/codecs/buffers.ts';
import {readSynthetic, writeSynthetic} from '../../src/learning/codecs/synthetic.ts';
import type {SyntheticSet} from '../../src/learning/data/synthetic.ts';
import {
  distill,
  type DistillationSetup,
  type DistillationState,
} from '../../src/learning/distillation.ts';
import {Random} from '../../src/learning/random.ts';
import type {Engine} from '../../src/tensor/engine.ts';
import {reportingDivergence} from '../divergence.ts';
import {stageEngine} from '../engine.ts';
import {reportingFileFaults} from '../file-faults.ts';
import {fitNetwork} from '../network.ts';
import {drawPerClass, labelsPerClass, syntheticSetFor} from '../synthetic-set.ts';
import {pickImages, readFloatDataset, type FloatDataset} from '../transformed-dataset.ts';
import type {contract} from './contract.ts';
import {writeGallery} from './gallery.ts';
import {DistillationLog, restoreState, saveState} from './progress.ts';
import {Snapshots} from './snapshots.ts';

type Context = StageContext<typeof contract>;

export const run: StageRun<typeof contract> = reportingFileFaults(async (context) => {
  const {inputs} = context;
  const dataset = await readFloatDataset(inputs.dataset[0]!, inputs.transform[0]);
  await using buffers = await openBuffers(inputs.buffers);
  assertMatching(context, {dataset, buffers});
  const setup = setupOf(context, {dataset, buffers});
  const snapshots = new Snapshots(context);
  const keep = async (state: DistillationState): Promise<void> => {
    const set = await snapshotOf(context, {state, setup, dataset, buffers});
    await snapshots.write(set);
  };
  const saved = await context.checkpoint.latest();
  const log = new DistillationLog(saved);
  const start = saved === undefined ? initialState(context, {dataset, setup}) : restoreState(saved);
  if (saved !== undefined) await snapshots.restore(start.iteration);
  else if (snapshots.isDue(0)) await keep(start);
  const engine = await stageEngine(context);
  await iterate(engine, {context, setup, start, log, snapshots, keep});
  await log.write(context.output('metrics'));
  await writeGallery(context, snapshots);
  const last = await readSynthetic(snapshots.path(setup.iterations));
  const {transform} = dataset;
  await writeSynthetic(context.output('synthetic'), {...last, ...(transform && {transform})});
});

async function iterate(
  engine: Engine,
  of: {
    readonly context: Context;
    readonly setup: DistillationSetup;
    readonly start: DistillationState;
    readonly log: DistillationLog;
    readonly snapshots: Snapshots;
    readonly keep: (state: DistillationState) => Promise<void>;
  },
): Promise<void> {
  const {context, setup, start, log, snapshots, keep} = of;
  const total = setup.iterations;
  context.progress({done: start.iteration, total, unit: 'iterations'});
  for await (const done of reportingDivergence(distill(engine, setup, start))) {
    const {iteration} = done;
    log.add(done);
    const note = `loss ${done.loss.toFixed(3)}`;
    context.progress({done: iteration, total, unit: 'iterations', note});
    if (iteration % 10 === 0) context.log(`iteration ${iteration}: ${note}`);
    if (snapshots.isDue(iteration)) await keep(await done.state());
    if (iteration === total) continue;
    const state = async (): Promise<CheckpointState> => saveState(await done.state(), log);
    await context.checkpoint.offer(state, snapshots.files(iteration));
  }
}

/** The synthetic set at a state. Its bytes depend on nothing that comes after. */
async function snapshotOf(
  {params}: Context,
  of: {
    readonly state: DistillationState;
    readonly setup: DistillationSetup;
    readonly dataset: FloatDataset;
    readonly buffers: Buffers;
  },
): Promise<SyntheticSet & {readonly iteration: number}> {
  const {state, setup, dataset, buffers} = of;
  const {iteration, images, stepSize} = state;
  if (!images.every(Number.isFinite)) {
    throw new StageError(
      `Update ${iteration} left pixels that are not finite. A smaller pixelRate helps.`,
    );
  }
  const {iterations: _, snapshots: __, pictures: ___, ...parameters} = params;
  const {labels} = setup;
  const provenance = {
    method: 'matching training trajectories',
    parameters: JSON.stringify(parameters),
    experts: JSON.stringify({
      ...buffers.kind.settings,
      model: buffers.kind.model,
      count: buffers.trajectories,
    }),
  };
  const set = await syntheticSetFor(dataset, {images, labels, stepSize, iteration, provenance});
  return {...set, iteration};
}

/** The experts must come from the data set, and know the epochs that will be asked for. */
function assertMatching(
  {params}: Context,
  {dataset, buffers}: {dataset: FloatDataset; buffers: Buffers},
): void {
  const {kind, snapshots} = buffers;
  if (kind.source !== dataset.source || kind.transformDigest !== dataset.transformDigest) {
    throw new StageError(
      `The experts in buffers were trained on other images than those of dataset (${dataset.name}): both must come from the same zca stage.`,
    );
  }
  const {maxStartEpoch, expertEpochs} = params;
  const needed = maxStartEpoch - 1 + expertEpochs;
  if (needed > snapshots - 1) {
    throw new StageError(
      `maxStartEpoch − 1 + expertEpochs = ${needed} expert epochs are needed, but the experts in buffers were trained for ${snapshots - 1}.`,
    );
  }
}

function setupOf(
  {params}: Context,
  {dataset, buffers}: {dataset: FloatDataset; buffers: Buffers},
): DistillationSetup {
  const {ipc, augmentation} = params;
  const labels = labelsPerClass(dataset.classes.length, ipc);
  const {batch = labels.length} = params;
  if (batch > labels.length) {
    throw new StageError(
      `batch must be at most the ${labels.length} synthetic images, got ${batch}.`,
    );
  }
  return {
    ...params,
    batch,
    labels,
    model: studentNetwork(buffers, dataset),
    trajectories: buffers,
    strategy: parseStrategy(augmentation),
  };
}

/** The student is of the experts' network. */
function studentNetwork({kind}: Buffers, dataset: FloatDataset): DistillationSetup['model'] {
  const model = fitNetwork(kind.model, dataset);
  const layout = JSON.stringify(model.params.map(({name, shape}) => [name, shape]));
  if (layout !== JSON.stringify(kind.layout.map(({name, shape}) => [name, shape]))) {
    throw new StageError(
      `The parameters of the experts in buffers are not those of ${kind.model} for ${dataset.name}.`,
    );
  }
  return model;
}

function initialState(
  {params}: Context,
  {dataset, setup}: {dataset: FloatDataset; setup: DistillationSetup},
): DistillationState {
  const images = initialImages(params, dataset, setup.labels.length);
  return {
    iteration: 0,
    images,
    imageVelocity: new Float32Array(images.length),
    stepSize: params.stepSize,
    stepSizeVelocity: 0,
  };
}

function initialImages(
  {init, ipc, seed}: Context['params'],
  dataset: FloatDataset,
  count: number,
): Float32Array {
  const random = new Random(seed, 'initial images');
  if (init === 'real') {
    const indices = drawPerClass(dataset, dataset.train, {ipc, random});
    return pickImages(dataset, dataset.train, indices).images;
  }
  const {height, width, channels} = dataset.shape;
  return Float32Array.from({length: count * height * width * channels}, () => random.normal());
}
