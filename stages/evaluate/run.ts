import type {StageContext, StageRun} from '../../src/contract/stage.ts';
import {writeScores} from '../../src/learning/codecs/scores.ts';
import {Random} from '../../src/learning/random.ts';
import type {Score} from '../../src/learning/scores/scores.ts';
import type {Performance} from '../../src/learning/training/classifier.ts';
import {stageEngines} from '../shared/engine.ts';
import {reportingFileFaults} from '../shared/file-faults.ts';
import {chooseRate} from './choose-rate.ts';
import type {contract} from './contract.ts';
import {prepare, type Evaluation} from './setup.ts';
import {Trials} from './trials.ts';

type Context = StageContext<typeof contract>;

export const run: StageRun<typeof contract> = reportingFileFaults(async (context) => {
  const evaluation = await prepare(context);
  const {recipe, setup, trained} = evaluation;
  const engines = await stageEngines(context);
  const tried = typeof recipe.learningRate === 'object' ? recipe.learningRate.search.length : 0;
  const trials = await Trials.restore({context, engines, total: tried + recipe.trials});
  const learningRate = await chooseRate(context, evaluation, trials);
  const {scores} = trials;
  while (scores.length < recipe.trials) {
    const first = scores.length;
    const seeds = seedsFrom(first, Math.min(trials.width, recipe.trials - first), context);
    const performances = await trials.train(seeds.map((seed) => ({...setup, learningRate, seed})));
    performances.forEach((performance, i) => {
      const trial = {trial: first + i, seed: seeds[i]!, learningRate};
      const score = scoreOf(context, evaluation, {...trial, ...performance});
      scores.push(score);
      report(context, score, learningRate);
    });
    await trials.offer();
  }
  await writeScores(context.output('scores'), scores, {
    learningRate: String(learningRate),
    ...(trained.digest !== undefined && {synthetic_sha256: trained.digest}),
  });
});

function seedsFrom(first: number, length: number, {params}: Context): readonly number[] {
  return Array.from({length}, (_, i) => new Random(params.seed, 'trial', first + i).bits());
}

function scoreOf(
  {params}: Context,
  {dataset, trained: {ipc, iteration}, terms}: Evaluation,
  {
    trial,
    seed,
    learningRate,
    accuracy,
    loss,
  }: Performance & Pick<Score, 'trial' | 'seed'> & {readonly learningRate: number},
): Score {
  return {
    model: params.model,
    set: params.set,
    dataset: dataset.name,
    split: params.split,
    ipc,
    ...(iteration === undefined ? {} : {iteration}),
    trial,
    seed,
    accuracy,
    loss,
    ...(terms && {...terms, learningRate}),
  };
}

function report(context: Context, {trial, accuracy, loss}: Score, learningRate: number): void {
  if (!Number.isFinite(loss)) {
    context.warn(
      `Trial ${trial} diverged: the loss on real images is ${loss}, and the accuracy that of guessing. A learningRate smaller than ${learningRate} helps.`,
    );
  }
  context.log(`trial ${trial}: accuracy ${(100 * accuracy).toFixed(2)} %, loss ${loss.toFixed(4)}`);
}
