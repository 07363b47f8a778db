import assert from 'node:assert/strict';
import {test} from 'node:test';
import {initialTheta} from '../../../src/learning/models/model.ts';
import {Random} from '../../../src/learning/random.ts';
import {Classifier, type Performance} from '../../../src/learning/training/classifier.ts';
import {SharedTotals} from '../../../src/learning/training/shared-totals.ts';
import type {Engine, Executable} from '../../../src/tensor/engine.ts';
import {asOneEngine} from '../../../src/tensor/engines/replicas.ts';
import {tinyModel, tinySplit} from '../../support/data/tiny-problem.ts';
import {
  countingEngine,
  countsBetween,
  type CountingEngine,
} from '../../support/engines/counting-engine.ts';
import {onOneTwoAndFour, startSeveral} from '../../support/engines/several-engines.ts';

/** More batches than are asked for before the host waits; the last is smaller. */
const batches = 19;
const split = tinySplit(250 * (batches - 1) + 13, 9);

async function evaluate(engine: Engine, name?: string): Promise<Performance> {
  const model = tinyModel(name);
  const before = engine.memory().tensors;
  const theta = initialTheta(model, new Random(1));
  const channels = model.statistics.reduce((sum, one) => sum + one.channels, 0);
  const running = Float32Array.from({length: 2 * channels}, (_, i) => 0.5 + (i % 3));
  const network = {
    theta: engine.upload(theta, [theta.length]),
    statistics: channels > 0 ? engine.upload(running, [running.length]) : undefined,
  };
  const classifier = new Classifier(engine, model);
  const performance = await classifier.test(network, split);
  classifier.dispose();
  network.theta.dispose();
  network.statistics?.dispose();
  assert.equal(engine.memory().tensors, before);
  return performance;
}

for (const name of ['ConvNetD1W8', 'ConvNetBN']) {
  test(`the evaluation of a ${name} has the same bytes on one, two and four engines`, async () => {
    const [one, ...others] = await onOneTwoAndFour((engine) => evaluate(engine, name));
    assert.ok(one!.result.accuracy > 0 && one!.result.loss > 0);
    for (const {engines, result} of others) {
      assert.deepEqual(result, one!.result, `${engines} engines`);
    }
  });
}

test('of two engines each computes every other batch', async () => {
  const [one, two] = startSeveral(2).map(countingEngine) as [CountingEngine, CountingEngine];
  const before = one.counts();
  await evaluate(asOneEngine([one.engine, two.engine]));
  const runs = [one, two].map(({counts}) => countsBetween(before, counts()).runs);
  // Each engine adds up the results of all batches.
  assert.deepEqual(
    runs,
    [10, 9].map((own) => own + batches),
  );
});

test('a batch that an engine fails at is reported when the totals are taken', async () => {
  const [engine] = startSeveral(1);
  const totals = new SharedTotals(engine);
  const failing: Executable<'totals'> = {
    run: () => assert.fail('a part is asked for'),
    runPart: () => Promise.reject(new Error('lost device')),
  };
  await totals.add(failing, {});
  await new Promise(setImmediate);
  await assert.rejects(totals.take(), /lost device/);
});
