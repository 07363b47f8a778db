import assert from 'node:assert/strict';
import {test} from 'node:test';
import {parseTrainingStrategy} from '../../../src/learning/augmentation/dc.ts';
import {
  trainExpert,
  type ExpertSetup,
  type ExpertState,
} from '../../../src/learning/training/expert.ts';
import {startTestEngine} from '../../support/engines/test-engine.ts';
import {tinyModel, tinySplit} from '../../support/data/tiny-problem.ts';

const setup: ExpertSetup = {
  model: tinyModel(),
  train: tinySplit(30),
  test: tinySplit(40, 9),
  epochs: 4,
  batch: 8,
  learningRate: 0.05,
  decay: false,
  momentum: 0,
  weightDecay: 0,
  strategy: parseTrainingStrategy('color_crop_cutout_flip_scale_rotate'),
  seed: 1,
};

interface Trained extends ExpertState {
  readonly accuracy: number;
  readonly trainLoss: number;
}

/** Trains the expert to its last epoch. */
async function trained(given: Partial<ExpertSetup> = {}, state?: ExpertState): Promise<Trained> {
  const engine = await startTestEngine();
  let last: Trained | undefined;
  for await (const done of trainExpert(engine, {...setup, ...given}, state)) {
    last = {...done, accuracy: done.test.accuracy, trainLoss: done.train.loss};
  }
  return last!;
}

/** Stops the training between two batches; gives the state after this many batches in total. */
async function stoppedAfter(batches: number, given: Partial<ExpertSetup>): Promise<ExpertState> {
  const engine = await startTestEngine();
  let left = batches;
  let stopped: ExpertState | undefined;
  const training = trainExpert(engine, {...setup, ...given}, undefined, async (_, state) => {
    if (--left === 0) {
      stopped = await state();
      throw new Error('stop here');
    }
  });
  await assert.rejects(async () => {
    for await (const _ of training);
  }, /stop here/);
  return stopped!;
}

test('an expert learns to tell the classes apart, with either pipeline of augmentations', async () => {
  assert.ok((await trained()).accuracy > 0.9);
  const strategy = parseTrainingStrategy('dc:crop_scale_rotate_noise');
  assert.ok((await trained({strategy})).accuracy > 0.9);
});

for (const [what, given] of [
  ['plain SGD', {}],
  ['momentum', {momentum: 0.9}],
  ['momentum and decay', {momentum: 0.9, decay: true}],
  ['running statistics', {model: tinyModel('ConvNetBN'), epochs: 2}],
  ['GSAM and momentum', {momentum: 0.9, flat: {rho: 0.1, alpha: 0.3, adaptive: true}}],
  ['the DC pipeline', {strategy: parseTrainingStrategy('dc:crop_scale_rotate_noise')}],
] as const satisfies readonly (readonly [string, Partial<ExpertSetup>])[]) {
  test(`an expert with ${what} that was stopped continues to the same bits, after an epoch or within one`, async () => {
    const {epochs = setup.epochs} = given as Partial<ExpertSetup>;
    const straight = await trained(given);
    const whole = await firstEpoch(given);
    // An epoch has 4 batches. The callback is called after 3 of them.
    for (const state of [whole, await stoppedAfter(2, given), await stoppedAfter(5, given)]) {
      const resumed = await trained(given, state);
      assert.deepEqual(resumed.theta, straight.theta);
      assert.deepEqual(resumed.statistics, straight.statistics);
      assert.equal(resumed.trainLoss, straight.trainLoss);
      assert.equal(resumed.epoch, epochs);
    }
  });
}

async function firstEpoch(given: Partial<ExpertSetup>): Promise<ExpertState> {
  for await (const {epoch, theta, statistics, velocity} of trainExpert(await startTestEngine(), {
    ...setup,
    ...given,
  })) {
    return {epoch, theta, statistics, velocity};
  }
  throw new Error('no epoch');
}

test('the memory of an engine of the host does not grow with the number of images', async () => {
  const engine = await startTestEngine();
  const peak = async (train: number, test: number): Promise<number> => {
    const before = engine.memory().bytes;
    engine.resetPeak();
    await trained({train: tinySplit(train), test: tinySplit(test, 9), epochs: 1});
    return engine.memory().peakBytes - before;
  };
  assert.equal(await peak(160, 500), await peak(16, 250));
});

test('momentum continues from one epoch to the next, as in the official program', async () => {
  const given = {momentum: 0.9, epochs: 2};
  const {epoch, theta} = await firstEpoch(given);
  const forgetful = await trained(given, {epoch, theta});
  assert.notDeepEqual(forgetful.theta, (await trained(given)).theta);
});

test('with decay the rate drops tenfold after epoch ⌊E/2⌋ + 1 counted from 0, and momentum starts anew', async () => {
  const given = {momentum: 0.9, epochs: 6};
  const engine = await startTestEngine();
  const thetas: Float32Array[] = [];
  for await (const {theta} of trainExpert(engine, {...setup, ...given, decay: true})) {
    thetas.push(theta);
  }
  const plain: Float32Array[] = [];
  for await (const {theta} of trainExpert(engine, {...setup, ...given})) plain.push(theta);
  assert.deepEqual(thetas.slice(0, 5), plain.slice(0, 5));
  const slow = {...given, learningRate: setup.learningRate * 0.1};
  const last = await trained(slow, {epoch: 5, theta: plain[4]!});
  assert.deepEqual(thetas[5], last.theta);
});

test('a loss that is not finite is said with its epoch', async () => {
  await assert.rejects(trained({learningRate: 1e30}), /loss became .* in epoch \d/);
});
