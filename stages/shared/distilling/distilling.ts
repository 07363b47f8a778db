import {StageError, type CheckpointState} from '../../../src/contract/stage.ts';
import {writeSafetensors} from '../../../src/formats/safetensors/safetensors.ts';
import type {Tensor} from '../../../src/formats/tensor.ts';
import {readSynthetic, writeSynthetic} from '../../../src/learning/codecs/synthetic.ts';
import type {SyntheticSet} from '../../../src/learning/data/synthetic.ts';
import type {Targets} from '../../../src/learning/data/targets.ts';
import type {DistillationState} from '../../../src/learning/distillation/distillation-state.ts';
import {distill} from '../../../src/learning/distillation/distillation.ts';
import type {UpdateOptions} from '../../../src/learning/distillation/update-program.ts';
import type {Objective} from '../../../src/learning/distillation/objective.ts';
import {decodingObjective} from '../../../src/learning/distillation/decoding-objective.ts';
import type {Decoding} from '../../../src/learning/decoders/decoding.ts';
import type {Engine} from '../../../src/tensor/engine.ts';
import {reportingDivergence} from '../divergence.ts';
import {stageEngine} from '../engine.ts';
import {syntheticSetFor} from '../synthetic-set.ts';
import type {FloatDataset} from '../transformed-dataset.ts';
import {decodeCheckpoint, saveState, stateOf, tensorsOf} from './checkpoint.ts';
import type {DistillingContext} from './contract-parts.ts';
import {plannedDecoding} from './decoding.ts';
import {writeGallery} from './gallery.ts';
import {assertHardStart} from './hard-start.ts';
import {initialState} from './initial.ts';
import {DistillationLog} from './metrics.ts';
import type {PlannedSet} from './planned-set.ts';
import {Snapshots} from './snapshots.ts';
import {assertStart, startTargets} from './start-set.ts';
import {identityOf, readState} from './state-file.ts';

/** The properties of a method of distillation. */
export interface Method {
  /** The method's name in the provenance of sets, such as `matching training trajectories`. */
  readonly name: string;
  /** Additional provenance of sets, beside their parameters. */
  readonly provenance: Readonly<Record<string, string>>;
  /** The columns of `metrics`, in order: names of the loop's and the objective's measurements. */
  readonly series: readonly string[];
  /** How the logits of labels are learned. Absent: labels stay as those of the set to start from. */
  readonly labels?: UpdateOptions['labels'];
  /** The soft labels at a state, if it carries any. Absent: labels are learned, or those of the set to start from. */
  readonly targetsAt?: (state: DistillationState) => Targets | undefined;
  /** See `UpdateOptions`. */
  readonly maxLoss?: number | undefined;
  /** Whether networks are trained on soft labels; otherwise a set to start from must have none. */
  readonly takesSoftLabels?: boolean;
  /** @param targets the soft labels of the set to start from */
  readonly objective: (engine: Engine, targets: Targets | undefined) => Objective;
}

interface Distilling {
  readonly dataset: FloatDataset;
  readonly set: PlannedSet;
  readonly method: Method;
}

/** A distillation whose set to start from was read. */
interface Begun extends Distilling {
  /** The soft labels of that set. */
  readonly targets: Targets | undefined;
  /** Absent: images are stored themselves. */
  readonly decoding: Decoding | undefined;
}

/**
 * The common code of all stage types that distil: starts or resumes, iterates, keeps snapshots and checkpoints, and
 * writes the results.
 */
export async function distilling(context: DistillingContext, given: Distilling): Promise<void> {
  const {params} = context;
  const saved = await context.checkpoint.latest();
  // The state of a shorter one is there only for the engine that made it.
  const engine = await stageEngine(context);
  const snapshots = new Snapshots(context);
  const {state: start, log, ...of} = await begin(context, given, {saved, snapshots});
  const keep = async (state: DistillationState): Promise<void> => {
    await snapshots.write(await setAt(context, state, of));
    if (state.iteration === params.iterations) await writeEnd(context, state, {of, log});
  };
  if (saved !== undefined) await snapshots.restore(start.iteration);
  else if (snapshots.isDue(start.iteration)) await keep(start);
  try {
    await iterate(engine, context, {...of, start, log, snapshots, keep});
  } catch (cause) {
    if (cause instanceof StageError) log.tail(shownAtTheEnd).forEach((line) => context.log(line));
    throw cause;
  }
  await log.write(context.output('metrics'));
  await writeGallery(context, snapshots);
  const last = await readSynthetic(snapshots.path(params.iterations));
  const {transform} = given.dataset;
  await writeSynthetic(context.output('synthetic'), {...last, ...(transform && {transform})});
}

/**
 * Reads the set to start from, once, and makes the state: the one of a checkpoint, of a shorter distillation, or the first.
 */
async function begin(
  context: DistillingContext,
  given: Distilling,
  {saved, snapshots}: {readonly saved: CheckpointState | undefined; readonly snapshots: Snapshots},
): Promise<Begun & {readonly state: DistillationState; readonly log: DistillationLog}> {
  const {dataset, set, method} = given;
  const [path] = context.inputs.start;
  const from = path === undefined ? undefined : await readSynthetic(path);
  const {decoder} = context.params;
  if (from !== undefined) assertStart(from, dataset, {planned: set, decoder});
  const decoding = plannedDecoding(context.params, dataset, {set, from});
  const targets = startTargets(from, {areLearned: method.labels !== undefined, decoding});
  if (method.takesSoftLabels !== true) assertHardStart(targets);
  const labels = method.labels && targets;
  const first = (): DistillationState =>
    initialState(context.params, dataset, {set, decoding, labels, from});
  const reached = saved
    ? decodeCheckpoint(saved)
    : await shorterState(context, given, {first, snapshots});
  const series = [...method.series, ...(method.labels ? ['labelGradientNorm'] : [])];
  const log = new DistillationLog(series, reached);
  const state = reached === undefined ? first() : stateOf(reached);
  return {...given, targets, decoding, state, log};
}

/** The tensors of the input `state`, if it is connected. Throws a `StageError` unless this distillation can go on from it. */
async function shorterState(
  context: DistillingContext,
  {dataset, method}: Distilling,
  {first, snapshots}: {readonly first: () => DistillationState; readonly snapshots: Snapshots},
): Promise<ReadonlyMap<string, Tensor> | undefined> {
  const [path] = context.inputs.state;
  if (path === undefined) return undefined;
  const identity = identityOf(context, method, dataset);
  const found = await readState(path, {identity, initial: first()});
  const {iteration} = stateOf(found);
  snapshots.assertFrom(iteration);
  context.log(`going on after iteration ${iteration}`);
  return found;
}

/** The number of last iterations that are shown in full after a failure. */
const shownAtTheEnd = 10;

interface Iterating extends Begun {
  readonly start: DistillationState;
  readonly log: DistillationLog;
  readonly snapshots: Snapshots;
  readonly keep: (state: DistillationState) => Promise<void>;
}

async function iterate(
  engine: Engine,
  context: DistillingContext,
  {set, method, targets, decoding, start, log, snapshots, keep}: Iterating,
): Promise<void> {
  const {params} = context;
  const total = params.iterations;
  const {height, width, channels} = set.extent;
  const count = set.labels.length;
  const shape = decoding?.storedShape ?? [count, height, width, channels];
  context.progress({done: start.iteration, total, unit: 'iterations'});
  const {maxLoss} = method;
  const labels = method.labels && {...method.labels, count};
  const ofImages = method.objective(engine, targets);
  const objective = decoding ? decodingObjective(engine, ofImages, decoding) : ofImages;
  const setup = {...fixedStepSize, ...params, shape, labels, maxLoss, objective};
  for await (const done of reportingDivergence(distill(engine, setup, start))) {
    const {iteration, numbers} = done;
    log.add(numbers);
    const note = `loss ${numbers.loss.toFixed(3)}`;
    context.progress({done: iteration, total, unit: 'iterations', note});
    if (iteration % 10 === 0) context.log(`iteration ${iteration}: ${note}`);
    if (snapshots.isDue(iteration)) await keep(await done.state());
    if (iteration === total) continue;
    const state = async (): Promise<CheckpointState> => saveState(await done.state(), log);
    await context.checkpoint.offer(state, snapshots.files(iteration));
  }
}

/** The learning of the step size, for methods without parameters for it. */
const fixedStepSize = {stepSizeRate: 0, stepSizeForm: 'raw'} as const;

/** Writes what is made of the last state beside the set: the state itself, and the average of its pixels. */
async function writeEnd(
  context: DistillingContext,
  {average, ...state}: DistillationState,
  {of, log}: {readonly of: Begun; readonly log: DistillationLog},
): Promise<void> {
  if (context.params.keepState === true) {
    const whole = tensorsOf({...state, ...(average && {average})}, log);
    const identity = identityOf(context, of.method, of.dataset);
    await writeSafetensors(context.output('state'), whole, identity);
  }
  if (average === undefined) return;
  const set = await setAt(context, {...state, images: average}, of);
  const provenance = {...set.provenance, average: String(context.params.average)};
  await writeSynthetic(context.output('average'), {...set, provenance});
}

/** The synthetic set at a state. Its bytes do not depend on later iterations. */
async function setAt(
  {params}: DistillingContext,
  state: DistillationState,
  {dataset, set, method, decoding, ...of}: Begun,
): Promise<SyntheticSet & {readonly iteration: number}> {
  const {iteration, images: values, stepSize, labels: logits} = state;
  const images = decoding?.decodeOnHost(values) ?? values;
  if (!images.every(Number.isFinite)) {
    throw new StageError(
      `Update ${iteration} left pixels that are not finite. A smaller pixelRate helps.`,
    );
  }
  const {iterations: _, snapshots: __, pictures: ___, keepState: ____, ...parameters} = params;
  const {labels, canvas} = set;
  const learned = logits && ({kind: 'logits', values: logits} as const);
  const targets = learned ?? method.targetsAt?.(state) ?? of.targets;
  const made = await syntheticSetFor(dataset, {
    images,
    ...(decoding && {stored: {decoder: decoding.decoder, values}}),
    labels,
    ...(targets && {targets}),
    stepSize,
    iteration,
    provenance: {
      method: method.name,
      parameters: JSON.stringify(parameters),
      ...method.provenance,
    },
    ...(canvas.size > 1 || canvas.samples > 1 ? {canvas} : {}),
  });
  return {...made, iteration};
}
