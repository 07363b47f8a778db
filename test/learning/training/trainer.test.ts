import assert from 'node:assert/strict';
import {test} from 'node:test';
import {createAugmenter} from '../../../src/learning/augmentation/augmenter.ts';
import {parseStrategy} from '../../../src/learning/augmentation/strategy.ts';
import {uploadBatch} from '../../../src/learning/training/batches.ts';
import {Classifier} from '../../../src/learning/training/classifier.ts';
import {evaluateTrial} from '../../../src/learning/training/evaluation.ts';
import {trainExpert, type ExpertSetup} from '../../../src/learning/training/expert.ts';
import {initialTheta} from '../../../src/learning/models/model.ts';
import {Random} from '../../../src/learning/random.ts';
import {createTrainStep} from '../../../src/learning/training/train-step.ts';
import {Trainer} from '../../../src/learning/training/trainer.ts';
import {countingEngine} from '../../support/engines/counting-engine.ts';
import {startTestEngine} from '../../support/engines/test-engine.ts';
import {tinyModel, tinyShape, tinySplit} from '../../support/data/tiny-problem.ts';

const setup = {
  model: tinyModel(),
  train: tinySplit(30),
  test: tinySplit(40, 9),
  epochs: 4,
  batch: 8,
  learningRate: 0.05,
  momentum: 0,
  weightDecay: 0,
  strategy: parseStrategy('color_crop_cutout_flip_scale_rotate'),
  decay: false,
  seed: 1,
} satisfies ExpertSetup;

test('running statistics follow those of the batches, and the evaluation uses them', async () => {
  const engine = await startTestEngine();
  const model = tinyModel('ConvNetBN');
  const train = tinySplit(32);
  const trainer = new Trainer(engine, model, {
    batch: 16,
    momentum: 0.9,
    weightDecay: 0,
    strategy: parseStrategy('none'),
    augmenter: createAugmenter(engine, tinyShape),
    theta: initialTheta(model, new Random(4)),
  });
  const fresh = trainer.statistics;
  assert.deepEqual([fresh[0], fresh[128]], [0, 1]);
  for (let epoch = 0; epoch < 12; epoch++) {
    await trainer.epoch(train, {random: new Random(4, epoch), learningRate: 0.05});
  }
  assert.notDeepEqual(trainer.statistics, fresh);
  const classifier = new Classifier(engine, model);
  const {accuracy} = await classifier.test(trainer, setup.test);
  assert.ok(accuracy > 0.9, String(accuracy));
  // With wrong statistics, the same network has another loss.
  const wrong = {theta: trainer.theta, statistics: fresh.map((value) => value * 3 + 2)};
  assert.notEqual(
    (await classifier.test(wrong, setup.test)).loss,
    (await classifier.test(trainer, setup.test)).loss,
  );
  trainer.dispose();
});

test('training and evaluation wait for the engine once a batch', async () => {
  const {engine, waits} = countingEngine(await startTestEngine());
  const model = tinyModel('ConvNetBN');
  const trainer = new Trainer(engine, model, {
    ...setup,
    augmenter: createAugmenter(engine, tinyShape),
    theta: initialTheta(model, new Random(4)),
  });
  await trainer.epoch(tinySplit(30), {random: new Random(4), learningRate: 0.05});
  assert.equal(waits(), 4);
  await new Classifier(engine, model).test(trainer, tinySplit(40));
  assert.equal(waits(), 5);
  trainer.dispose();
});

test('running statistics move by a tenth towards those of each batch', async () => {
  const engine = await startTestEngine();
  const model = tinyModel('ConvNetBN');
  const [train, theta] = [tinySplit(16), initialTheta(model, new Random(5))];
  const options = {batch: 16, momentum: 0, weightDecay: 0, strategy: parseStrategy('none')};
  const step = createTrainStep(engine, model, options);
  const state = {
    theta: engine.upload(theta, [theta.length]),
    velocity: engine.upload(new Float32Array(theta.length), [theta.length]),
  };
  const indices = Array.from({length: 16}, (_, i) => i);
  const batch = uploadBatch(engine, train, {indices, shape: tinyShape, classes: 2});
  const {statistics} = step(state, batch, engine.upload(Float32Array.of(0.05), []));
  const ofBatch = await engine.read(statistics!);
  const augmenter = createAugmenter(engine, tinyShape);
  const trainer = new Trainer(engine, model, {...options, augmenter, theta});
  const before = trainer.statistics;
  await trainer.epoch(train, {random: new Random(5), learningRate: 0.05});
  // The statistics start at mean 0 and variance 1. The order of the images in the batch changes only the rounding.
  trainer.statistics.forEach((value, i) => {
    const expected = 0.9 * before[i]! + 0.1 * ofBatch[i]!;
    assert.ok(Math.abs(value - expected) < 1e-5, `${i}: ${value}, expected ${expected}`);
  });
  trainer.dispose();
});

test('an evaluation is decided by its seed, and progress reaches the end of training', async () => {
  const engine = await startTestEngine();
  const trial = async (
    seed: number,
  ): Promise<{accuracy: number; loss: number; fractions: number[]}> => {
    const fractions: number[] = [];
    const performance = await evaluateTrial(
      engine,
      {
        ...setup,
        synthetic: tinySplit(4),
        epochs: 9,
        momentum: 0.9,
        weightDecay: 5e-4,
        seed,
      },
      (fraction) => void fractions.push(fraction),
    );
    return {...performance, fractions};
  };
  const [first, again, other] = [await trial(1), await trial(1), await trial(2)];
  assert.deepEqual(first, again);
  assert.notEqual(first.loss, other.loss);
  assert.equal(first.fractions.length, 10);
  assert.ok(first.accuracy > 0.8, String(first.accuracy));
});

test('no tensor is left behind by experts and evaluations', async () => {
  const engine = await startTestEngine();
  const before = engine.memory().tensors;
  for await (const {epoch} of trainExpert(engine, setup)) if (epoch === 1) break;
  await evaluateTrial(engine, {...setup, synthetic: tinySplit(4), epochs: 2});
  assert.equal(engine.memory().tensors, before);
});
