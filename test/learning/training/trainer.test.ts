import assert from 'node:assert/strict';
import {test} from 'node:test';
import {
  parseTrainingStrategy,
  type TrainingStrategy,
} from '../../../src/learning/augmentation/dc.ts';
import {parseStrategy} from '../../../src/learning/augmentation/strategy.ts';
import {Classifier} from '../../../src/learning/training/classifier.ts';
import {evaluateTrial} from '../../../src/learning/training/evaluation.ts';
import {trainExpert, type ExpertSetup} from '../../../src/learning/training/expert.ts';
import {initialTheta, joinParams, splitParams} from '../../../src/learning/models/model.ts';
import {Random} from '../../../src/learning/random.ts';
import {
  Trainer,
  type EpochProgress,
  type EpochResult,
} from '../../../src/learning/training/trainer.ts';
import type {FloatSplit} from '../../../src/learning/data/float-split.ts';
import type {Tensor} from '../../../src/tensor/engine.ts';
import type {Value} from '../../../src/tensor/value.ts';
import {countCorrect} from '../../../src/learning/training/totals.ts';
import {Graph} from '../../../src/tensor/graph.ts';
import {program} from '../../../src/tensor/program.ts';
import {countingEngine, countsBetween} from '../../support/engines/counting-engine.ts';
import {startTestEngine, withRoom} from '../../support/engines/test-engine.ts';
import {tinyBytes, tinyModel, tinySplit} from '../../support/data/tiny-problem.ts';

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

/** Trains for an epoch, and waits for it. */
async function trainEpoch(
  trainer: Trainer,
  ...given: Parameters<Trainer['epoch']>
): Promise<EpochResult> {
  return (await trainer.epoch(...given)).result;
}

test('running statistics follow those of the batches, and the evaluation uses them', async () => {
  const engine = await startTestEngine();
  const model = tinyModel('ConvNetBN');
  const train = tinySplit(32);
  const trainer = new Trainer(engine, model, {
    batch: 16,
    momentum: 0.9,
    weightDecay: 0,
    strategy: parseStrategy('none'),
    theta: initialTheta(model, new Random(4)),
  });
  const {statistics: fresh} = await trainer.readNetwork();
  assert.deepEqual([fresh[0], fresh[128]], [0, 1]);
  for (let epoch = 0; epoch < 12; epoch++) {
    await trainEpoch(trainer, train, {random: new Random(4, epoch), learningRate: 0.05});
  }
  assert.notDeepEqual((await trainer.readNetwork()).statistics, fresh);
  const classifier = new Classifier(engine, model);
  const {accuracy} = await classifier.test(trainer, setup.test);
  assert.ok(accuracy > 0.9, String(accuracy));
  // With wrong statistics, the same network has another loss.
  const statistics = engine.upload(
    fresh.map((value) => value * 3 + 2),
    [fresh.length],
  );
  const wrong = {theta: trainer.theta, statistics};
  assert.notEqual(
    (await classifier.test(wrong, setup.test)).loss,
    (await classifier.test(trainer, setup.test)).loss,
  );
  trainer.dispose();
});

test('training waits for the engine once an epoch, and evaluation once', async () => {
  const {engine, counts} = countingEngine(await startTestEngine());
  const model = tinyModel('ConvNetBN');
  const trainer = new Trainer(engine, model, {...setup, theta: initialTheta(model, new Random(4))});
  const [split, options] = [tinySplit(30), {random: new Random(4), learningRate: 0.05}];
  await trainEpoch(trainer, split, options);
  const first = counts();
  await trainEpoch(trainer, split, options);
  // The images stay on the engine. Each of the four batches uploads what was drawn for it; an epoch its rate and totals.
  assert.deepEqual(countsBetween(first, counts()), {waits: 1, runs: 4, uploads: 6});
  const second = counts();
  await new Classifier(engine, model).test(trainer, tinySplit(600));
  // Images and labels, three rows, the totals.
  assert.deepEqual(countsBetween(second, counts()), {waits: 1, runs: 3, uploads: 6});
  trainer.dispose();
});

test('progress within an epoch is read when it is asked for, and adds up to the result', async () => {
  const {engine, counts} = countingEngine(await startTestEngine());
  const {model} = setup;
  const trainer = new Trainer(engine, model, {...setup, theta: initialTheta(model, new Random(4))});
  const seen: EpochProgress[] = [];
  const options = {random: new Random(4), learningRate: 0.05};
  const whole = await trainEpoch(trainer, tinySplit(30), {
    ...options,
    onBatch: async (batches, ofBatches, progress) => {
      assert.equal(ofBatches, 4);
      if (batches === 2) seen.push(await progress());
    },
  });
  assert.equal(counts().waits, 2);
  const [half] = seen;
  assert.equal(half!.batches, 2);
  assert.ok(half!.correct <= 16 && half!.correct <= 30 * whole.accuracy);
  assert.ok(half!.loss > 0 && half!.loss < 30 * whole.loss);
  trainer.dispose();
});

test('the loss and the accuracy of an epoch are those that a network has without moving', async () => {
  const engine = await startTestEngine();
  const {model} = setup;
  const theta = initialTheta(model, new Random(4));
  const still = {...setup, strategy: parseStrategy('none'), theta};
  const trainer = new Trainer(engine, model, still);
  const split = tinySplit(30);
  const trained = await trainEpoch(trainer, split, {random: new Random(4), learningRate: 0});
  const tested = await new Classifier(engine, model).test(trainer, split);
  assert.equal(trained.accuracy, tested.accuracy);
  assert.ok(Math.abs(trained.loss - tested.loss) < 1e-6 * tested.loss);
  trainer.dispose();
});

test('the loss of soft targets is −⟨y, log softmax z⟩, and the accuracy is that of the labels', async () => {
  const engine = await startTestEngine();
  const {model} = setup;
  const theta = initialTheta(model, new Random(4));
  const trainer = new Trainer(engine, model, {...setup, strategy: parseStrategy('none'), theta});
  const still = {random: new Random(4), learningRate: 0};
  const split = tinySplit(30);
  const random = new Random(6);
  const sure = Array.from({length: 30}, () => random.uniform());
  const targets = Float32Array.from(sure.flatMap((p) => [p, 1 - p]));
  const soft = await trainEpoch(trainer, {...split, targets}, still);
  let expected = 0;
  for (const [i, p] of sure.entries()) {
    const images = split.images.subarray(192 * i, 192 * (i + 1));
    // −log softmax z at each class.
    for (const [label, y] of [p, 1 - p].entries()) {
      const one = {images, labels: Int32Array.of(label), count: 1};
      expected += (y * (await trainEpoch(trainer, one, still)).loss) / 30;
    }
  }
  assert.ok(Math.abs(soft.loss - expected) < 1e-5 * expected, `${soft.loss} ${expected}`);
  const hard = await trainEpoch(trainer, split, still);
  assert.equal(soft.accuracy, hard.accuracy);
  assert.notEqual(soft.loss, hard.loss);
  trainer.dispose();
});

test('an image is correct if its label has the first largest logit, as on the host', async () => {
  const engine = await startTestEngine();
  const logits = [
    [1, 2, 0],
    [2, 2, 1],
    [0, 3, 3],
    [1, 1, 1],
    [NaN, NaN, NaN],
    [-5, -1, -2],
  ];
  const first = (row: readonly number[]): number =>
    row.reduce((best, value, i) => (value > row[best]! ? i : best), 0);
  for (const label of [0, 1, 2]) {
    const graph = new Graph();
    const [z, labelled, earlier] = ['logits', 'labelled', 'earlier'].map((name) =>
      graph.input(name, [6, 3]),
    ) as [Value, Value, Value];
    const correct = countCorrect(z, {labelled, earlier});
    const upload = (number: (k: number, i: number) => number): Tensor =>
      engine.upload(
        Float32Array.from({length: 18}, (_, at) => number(at % 3, Math.floor(at / 3))),
        [6, 3],
      );
    const result = engine.compile(program({correct})).run({
      logits: upload((k, i) => logits[i]![k]!),
      labelled: upload((k) => (k === label ? 1 : 0)),
      earlier: upload((k) => (k < label ? 1 : 0)),
    });
    const expected = logits.filter((row) => first(row) === label).length;
    assert.deepEqual(await engine.read(result.correct), Float32Array.of(expected));
  }
});

test('windows of canvases are trained on alike, whether programs cut them or the DC pipeline does', async () => {
  const engine = await startTestEngine();
  const {model} = setup;
  const random = new Random(3, 'canvases');
  const images = Float32Array.from({length: 4 * 16 * 16 * 3}, () => random.normal());
  const split = {images, labels: Int32Array.of(0, 1, 0, 1), count: 4};
  const theta = initialTheta(model, new Random(4));
  const trained = async (
    strategy: TrainingStrategy,
  ): Promise<EpochResult & {theta: Float32Array}> => {
    const canvas = {size: 2, samples: 3};
    const trainer = new Trainer(engine, model, {...setup, batch: 3, strategy, canvas, theta});
    const options = {random: new Random(6), learningRate: 0.05};
    const result = await trainEpoch(trainer, split, options);
    const network = await trainer.readNetwork();
    trainer.dispose();
    return {...result, theta: network.theta};
  };
  const [plain, changed] = [
    await trained(parseTrainingStrategy('none')),
    await trained(parseTrainingStrategy('dc:noise')), // A deviation of a thousandth.
  ];
  assert.ok(Math.abs(plain.loss - changed.loss) < 1e-3 * plain.loss);
  plain.theta.forEach((value, i) => assert.ok(Math.abs(value - changed.theta[i]!) < 1e-3));
  assert.ok(plain.theta.some((value, i) => Math.abs(value - theta[i]!) > 2e-3));
});

test('running statistics move by a tenth towards those of each batch', async () => {
  const engine = await startTestEngine();
  const model = tinyModel('ConvNetBN');
  const [train, theta] = [tinySplit(16), initialTheta(model, new Random(5))];
  const options = {batch: 16, momentum: 0, weightDecay: 0, strategy: parseStrategy('none')};
  const trainer = new Trainer(engine, model, {...options, theta});
  const {statistics: before} = await trainer.readNetwork();
  const graph = new Graph();
  const params = splitParams(model, graph.input('theta', [theta.length]));
  const images = graph.input('images', [16, 8, 8, 3]);
  const {batchStatistics} = model.apply(params, images);
  const measured = joinParams(batchStatistics.flatMap(({mean, variance}) => [mean, variance]));
  const {statistics} = engine.compile(program({statistics: measured})).run({
    theta: engine.upload(theta, [theta.length]),
    images: engine.upload(train.images, [16, 8, 8, 3]),
  });
  const ofBatch = await engine.read(statistics);
  await trainEpoch(trainer, train, {random: new Random(5), learningRate: 0.05});
  // The statistics start at mean 0 and variance 1. The order of the images in the batch changes only the rounding.
  (await trainer.readNetwork()).statistics.forEach((value, i) => {
    const expected = 0.9 * before[i]! + 0.1 * ofBatch[i]!;
    assert.ok(Math.abs(value - expected) < 1e-5, `${i}: ${value}, expected ${expected}`);
  });
  trainer.dispose();
});

test('the host is at most 24 batches ahead of an engine that computes slowly', async () => {
  const {engine, counts, pending} = countingEngine(await startTestEngine());
  const {model} = setup;
  const theta = initialTheta(model, new Random(4));
  const trainer = new Trainer(engine, model, {...setup, batch: 1, theta});
  const before = engine.memory().tensors;
  const seen: number[] = [];
  const {result} = await trainer.epoch(tinySplit(100), {
    random: new Random(4),
    learningRate: 0.05,
    onBatch: () => void seen.push(pending()),
  });
  // A read is begun every eighth batch, and the host waits for the oldest of three.
  assert.ok(Math.max(...seen) <= 2, seen.join(' '));
  await result;
  assert.equal(counts().runs, 100);
  const classifier = new Classifier(engine, model);
  await classifier.test(trainer, tinySplit(250 * 9));
  classifier.dispose();
  trainer.dispose();
  assert.ok(engine.memory().tensors < before);
});

test('an evaluation asks for an epoch before it waits for the one before', async () => {
  const {engine, counts, pending} = countingEngine(await startTestEngine());
  const seen: object[] = [];
  const few = {...setup, synthetic: tinySplit(16), epochs: 3};
  await evaluateTrial(engine, few, () => {
    seen.push({runs: counts().runs, pending: pending()});
  });
  // An epoch has two batches. The read of the newest one has not ended.
  assert.deepEqual(
    seen,
    [2, 4, 6, 8].map((runs) => ({runs, pending: 1})),
  );
});

test('an evaluation that is stopped leaves nothing behind', async () => {
  const engine = await startTestEngine();
  const before = engine.memory().tensors;
  const few = {...setup, synthetic: tinySplit(16), epochs: 3};
  await assert.rejects(
    evaluateTrial(engine, few, (fraction) => {
      if (fraction > 0.3) throw new Error('stop here');
    }),
    /stop here/,
  );
  assert.equal(engine.memory().tensors, before);
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

test('bytes that stay packed on a device give the same training as floats, through windows and DC as well', async () => {
  const engine = await startTestEngine();
  const canvas = {size: 2, samples: 2};
  const canvases = (count: number): FloatSplit => {
    const {images, labels} = tinyBytes(4 * count);
    return {images, labels: labels.subarray(0, count), count};
  };
  for (const [options, train] of [
    [{strategy: parseStrategy('color_crop_cutout')}, tinyBytes(20)],
    [{strategy: parseStrategy('crop'), canvas}, canvases(10)],
    [{strategy: parseTrainingStrategy('dc:crop_scale')}, tinyBytes(20)],
  ] as const) {
    const [floats, packed] = await Promise.all(
      [engine, withRoom(engine, 2 ** 20)].map(async (on) => {
        const trainer = new Trainer(on, setup.model, {
          batch: 8,
          momentum: 0.9,
          weightDecay: 0,
          theta: initialTheta(setup.model, new Random(4)),
          ...options,
        });
        const result = await trainEpoch(trainer, train, {random: new Random(5), learningRate: 0.1});
        const network = await trainer.readNetwork();
        const tested = await new Classifier(on, setup.model).test(trainer, tinyBytes(40, 9));
        trainer.dispose();
        return {result, network, tested};
      }),
    );
    assert.deepEqual(packed, floats);
  }
});

test('test images that a device has room for are uploaded once, and freed in the end', async () => {
  const {engine, counts} = countingEngine(await startTestEngine());
  const roomy = {...engine, roomForData: 2 ** 20};
  const model = setup.model;
  const theta = roomy.upload(initialTheta(model, new Random(4)), [model.parameterCount]);
  const before = roomy.memory().tensors;
  const classifier = new Classifier(roomy, model);
  const split = tinyBytes(40, 9);
  const first = await classifier.test({theta}, split);
  const {uploads} = counts();
  assert.deepEqual(await classifier.test({theta}, split), first);
  // The row of the only batch, and the totals.
  assert.ok(counts().uploads - uploads <= 2, String(counts().uploads - uploads));
  classifier.dispose();
  assert.equal(roomy.memory().tensors, before);
  theta.dispose();
});
