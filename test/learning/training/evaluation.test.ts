import assert from 'node:assert/strict';
import {test} from 'node:test';
import {parseStrategy} from '../../../src/learning/augmentation/strategy.ts';
import {Classifier} from '../../../src/learning/training/classifier.ts';
import {evaluateTrial, evaluateTrials} from '../../../src/learning/training/evaluation.ts';
import {initialTheta} from '../../../src/learning/models/model.ts';
import {Random} from '../../../src/learning/random.ts';
import {Trainer} from '../../../src/learning/training/trainer.ts';
import {startSeveral} from '../../support/engines/several-engines.ts';
import {startTestEngine} from '../../support/engines/test-engine.ts';
import {tinyModel, tinySplit} from '../../support/data/tiny-problem.ts';

const model = tinyModel();
const setup = {
  model,
  synthetic: tinySplit(4),
  test: tinySplit(30, 1),
  batch: 3,
  learningRate: 0.05,
  momentum: 0.9,
  weightDecay: 5e-4,
  strategy: parseStrategy('color_crop_cutout_flip_scale_rotate'),
  seed: 11,
};

test('the rate drops tenfold after that epoch, and the momentum is forgotten then and only then', async () => {
  const engine = await startTestEngine();
  const performance = await evaluateTrial(engine, {...setup, epochs: 5});
  const random = new Random(11);
  const byHand = async (resetAfter: number): Promise<number> => {
    const theta = initialTheta(model, random.at('init'));
    const trainer = new Trainer(engine, model, {...setup, theta});
    // There are six epochs, of which the first ⌊5/2⌋ + 2 = 4 have the full rate.
    for (const [epoch, learningRate] of [0.05, 0.05, 0.05, 0.05, 0.005, 0.005].entries()) {
      const options = {random: random.at('epoch', epoch), learningRate};
      await (
        await trainer.epoch(setup.synthetic, options)
      ).result;
      if (epoch === resetAfter) trainer.resetMomentum();
    }
    const {loss} = await new Classifier(engine, model).test(trainer, setup.test);
    trainer.dispose();
    return loss;
  };
  assert.ok(Math.abs((await byHand(3)) - performance.loss) < 1e-6 * performance.loss);
  assert.notEqual(await byHand(2), await byHand(3));
});

test('trials side by side give what they give one after the other', async () => {
  const seeds = [3, 4, 5];
  const engine = await startTestEngine();
  const alone: object[] = [];
  for (const seed of seeds) alone.push(await evaluateTrial(engine, {...setup, epochs: 3, seed}));
  const seen = [0, 0, 0];
  const together = await evaluateTrials(
    startSeveral(3),
    seeds.map((seed) => ({...setup, epochs: 3, seed})),
    async (trial, fraction) => {
      await new Promise(setImmediate);
      seen[trial] = fraction;
    },
  );
  assert.deepEqual(together, alone);
  assert.ok(seen.every((fraction) => fraction > 0.8));
  assert.notDeepEqual(together[0], together[1]);
});
