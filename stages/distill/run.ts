import {
  StageError,
  type CheckpointState,
  type StageContext,
  type StageRun,
} from '../../src/contract/stage.ts';
import {openBuffers, type Buffers} from '../../src/learning/codecs/buffers.ts';
import {readSynthetic, writeSynthetic} from '../../src/learning/codecs/synthetic.ts';
import type {SyntheticSet} from '../../src/learning/data/synthetic.ts';
import type {DistillationState} from '../../src/learning/distillation/distillation-state.ts';
import {distill, type DistillationSetup} from '../../src/learning/distillation/distillation.ts';
import type {Engine} from '../../src/tensor/engine.ts';
import {reportingDivergence} from '../shared/divergence.ts';
import {stageEngine} from '../shared/engine.ts';
import {reportingFileFaults} from '../shared/file-faults.ts';
import {syntheticSetFor} from '../shared/synthetic-set.ts';
import {readFloatDataset, type FloatDataset} from '../shared/transformed-dataset.ts';
import type {contract} from './contract.ts';
import {writeGallery} from './gallery.ts';
import {initialState} from './initial.ts';
import {DistillationLog, restoreState, saveState} from './progress.ts';
import {distanceOf, setupOf, type CheckedSetup} from './setup.ts';
import {Snapshots} from './snapshots.ts';

type Context = StageContext<typeof contract>;

export const run: StageRun<typeof contract> = reportingFileFaults(async (context) => {
  const {inputs} = context;
  const dataset = await readFloatDataset(inputs.dataset[0]!, inputs.transform[0]);
  await using buffers = await openBuffers(inputs.buffers);
  const setup = setupOf(context, {dataset, buffers});
  const snapshots = new Snapshots(context);
  const keep = async (state: DistillationState): Promise<void> => {
    const set = await snapshotOf(context, {state, setup, dataset, buffers});
    await snapshots.write(set);
  };
  const saved = await context.checkpoint.latest();
  const log = new DistillationLog(saved);
  const start =
    saved === undefined ? await initialState(context, {dataset, setup}) : restoreState(saved);
  if (saved !== undefined) await snapshots.restore(start.iteration);
  else if (snapshots.isDue(0)) await keep(start);
  const engine = await stageEngine(context);
  const distance = distanceOf(engine, context, setup, dataset);
  try {
    await iterate(engine, {context, setup: {...setup, distance}, start, log, snapshots, keep});
  } catch (cause) {
    if (cause instanceof StageError) log.tail(shownAtTheEnd).forEach((line) => context.log(line));
    throw cause;
  }
  await log.write(context.output('metrics'));
  await writeGallery(context, snapshots);
  const last = await readSynthetic(snapshots.path(setup.iterations));
  const {transform} = dataset;
  await writeSynthetic(context.output('synthetic'), {...last, ...(transform && {transform})});
});

/** So many iterations are shown in full before a failure. */
const shownAtTheEnd = 10;

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
    readonly setup: CheckedSetup;
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
  const {labels, canvas} = setup;
  const provenance = {
    method: 'matching training trajectories',
    parameters: JSON.stringify(parameters),
    experts: JSON.stringify({
      ...buffers.kind.settings,
      model: buffers.kind.model,
      count: buffers.trajectories,
    }),
  };
  const set = await syntheticSetFor(dataset, {
    images,
    labels,
    stepSize,
    iteration,
    provenance,
    ...(canvas.size > 1 || canvas.samples > 1 ? {canvas} : {}),
  });
  return {...set, iteration};
}
