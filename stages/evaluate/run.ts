import {setImmediate as nextTurn} from 'node:timers/promises';
import {
  StageError,
  StopRequested,
  type StageContext,
  type StageRun,
} from '../../src/contract/stage.ts';
import {digestFile} from '../../src/base/digest.ts';
import {parseTrainingStrategy} from '../../src/learning/augmentation/dc.ts';
import type {FloatSplit} from '../../src/learning/data/float-split.ts';
import {writeScores} from '../../src/learning/codecs/scores.ts';
import {readSynthetic} from '../../src/learning/codecs/synthetic.ts';
import {transformDigest} from '../../src/learning/codecs/transform.ts';
import type {Score, ScoredSplit} from '../../src/learning/scores/scores.ts';
import type {SyntheticSet} from '../../src/learning/data/synthetic.ts';
import {targetRows} from '../../src/learning/data/targets.ts';
import type {Performance} from '../../src/learning/training/classifier.ts';
import {evaluateTrials, type EvaluationSetup} from '../../src/learning/training/evaluation.ts';
import {Random} from '../../src/learning/random.ts';
import type {Engines} from '../../src/tensor/engines/replicas.ts';
import {stageEngines} from '../shared/engine.ts';
import {reportingFileFaults} from '../shared/file-faults.ts';
import {fitNetwork} from '../shared/network.ts';
import {someImages, readFloatDataset, type FloatDataset} from '../shared/transformed-dataset.ts';
import type {contract} from './contract.ts';

type Context = StageContext<typeof contract>;

export const run: StageRun<typeof contract> = reportingFileFaults(async (context) => {
  const {inputs, params} = context;
  const dataset = await readFloatDataset(inputs.dataset[0]!);
  const synthetic = await readSynthetic(inputs.synthetic[0]!);
  assertSameImages(dataset, synthetic);
  const setup = {
    ...params,
    model: fitNetwork(params.model, dataset),
    synthetic: trainedOn(synthetic, params),
    test: someImages(dataset, scoredImages(dataset, params.split), params.testImages),
    learningRate: params.learningRate === 'learned' ? synthetic.stepSize : params.learningRate,
    strategy: parseTrainingStrategy(params.augmentation, params.augmentationMode),
  };
  const engines = await stageEngines(context);
  const scores = await restore(context);
  const scoreOf = (trial: number, seed: number, {accuracy, loss}: Performance): Score => ({
    model: params.model,
    set: params.set,
    dataset: dataset.name,
    split: params.split,
    ipc: synthetic.count / dataset.classes.length,
    ...(synthetic.iteration === undefined ? {} : {iteration: synthetic.iteration}),
    trial,
    seed,
    accuracy,
    loss,
  });
  while (scores.length < params.trials) {
    const first = scores.length;
    const seeds = seedsFrom(first, params, engines.length);
    const performances = await evaluateNext(context, {engines, setup, seeds, scores});
    performances.forEach((performance, i) => {
      const score = scoreOf(first + i, seeds[i]!, performance);
      scores.push(score);
      report(context, score, setup);
    });
    reportProgress(context, {fractions: [], scores});
    if (scores.length < params.trials) await context.checkpoint.offer(() => save(scores));
  }
  await writeScores(context.output('scores'), scores, {
    learningRate: String(setup.learningRate),
    synthetic_sha256: await digestFile(inputs.synthetic[0]!),
  });
});

/** The images of a set, with its soft labels if networks are to answer those. */
function trainedOn(
  {targets, ...set}: SyntheticSet,
  {labels}: Context['params'],
): EvaluationSetup['synthetic'] {
  if (targets === undefined || labels === 'hard') return set;
  return {...set, targets: targetRows(targets, set.classes.length)};
}

/** The seeds of the next trials: at most as many as there are engines. */
function seedsFrom(
  first: number,
  {seed, trials}: Pick<Context['params'], 'seed' | 'trials'>,
  engines: number,
): readonly number[] {
  const length = Math.min(engines, trials - first);
  return Array.from({length}, (_, i) => new Random(seed, 'trial', first + i).bits());
}

/** Evaluates the next trials, one on each engine. */
async function evaluateNext(
  context: Context,
  {
    engines,
    setup,
    seeds,
    scores,
  }: {
    readonly engines: Engines;
    readonly setup: Omit<EvaluationSetup, 'seed'>;
    readonly seeds: readonly number[];
    readonly scores: readonly Score[];
  },
): Promise<readonly Performance[]> {
  const fractions = seeds.map(() => 0);
  let stopped: Promise<never> | undefined;
  return await evaluateTrials(engines, setup, seeds, async (trial, fraction) => {
    fractions[trial] = fraction;
    reportProgress(context, {fractions, scores});
    await nextTurn(); // Training never waits for anything, so without this no message would be received.
    if (context.stopping.aborted) await (stopped ??= stopAfter(context, scores));
  });
}

function report(
  context: Context,
  {trial, accuracy, loss}: Score,
  {learningRate}: Pick<EvaluationSetup, 'learningRate'>,
): void {
  if (!Number.isFinite(loss)) {
    context.warn(
      `Trial ${trial} diverged: the loss on real images is ${loss}, and the accuracy that of guessing. A learningRate smaller than ${learningRate} helps.`,
    );
  }
  context.log(`trial ${trial}: accuracy ${(100 * accuracy).toFixed(2)} %, loss ${loss.toFixed(4)}`);
}

function scoredImages({test, heldOut, name}: FloatDataset, split: ScoredSplit): FloatSplit {
  const images = split === 'test' ? test : heldOut;
  if (images?.count === 0) throw new StageError(`There are no ${split} images in ${name}.`);
  if (images !== undefined) return images;
  throw new StageError(
    `split is held-out, but ${name} holds no images out. The stage that makes the data set can set some of the training images aside.`,
  );
}

/** Refuses images of another transform than the set's: the accuracy would be about that of guessing. */
function assertSameImages(dataset: FloatDataset, set: SyntheticSet): void {
  const {source, transform, name} = set;
  const digest = transform === undefined ? set.transformDigest : transformDigest(transform);
  if (source === dataset.source && (digest === undefined || digest === dataset.transformDigest))
    return;
  throw new StageError(
    `The synthetic set was made from other images (${name}) than those of dataset (${dataset.name}), or ones that were transformed differently: both must come from the same zca stage.`,
  );
}

/** @param fractions how much of each trial that runs now is done */
function reportProgress(
  context: Context,
  {fractions, scores}: {fractions: readonly number[]; scores: readonly Score[]},
): void {
  const mean = scores.reduce((sum, {accuracy}) => sum + accuracy, 0) / scores.length;
  const note = scores.length > 0 ? {note: `accuracy ${(100 * mean).toFixed(1)} %`} : {};
  const trials = fractions.reduce((sum, fraction) => sum + fraction, scores.length);
  const done = Math.round(100 * trials) / 100;
  context.progress({done, total: context.params.trials, unit: 'trials', ...note});
}

/** A trial is short: an interrupted one starts over, and earlier ones are kept. */
async function stopAfter({checkpoint}: Context, scores: readonly Score[]): Promise<never> {
  await checkpoint.offer(() => save(scores));
  throw new StopRequested();
}

function save(scores: readonly Score[]): Map<string, Uint8Array> {
  return new Map([['scores', new TextEncoder().encode(JSON.stringify(scores))]]);
}

async function restore({checkpoint}: Context): Promise<Score[]> {
  const bytes = (await checkpoint.latest())?.get('scores');
  return bytes === undefined ? [] : (JSON.parse(new TextDecoder().decode(bytes)) as Score[]);
}
