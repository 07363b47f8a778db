import assert from 'node:assert/strict';
import {test} from 'node:test';
import {initialTheta, type Model} from '../../../src/learning/models/model.ts';
import {Random} from '../../../src/learning/random.ts';
import {createFlatStep, type Flatness} from '../../../src/learning/training/flat-step.ts';
import {uploadTotals} from '../../../src/learning/training/totals.ts';
import {
  createTrainStep,
  type SgdOptions,
  type TrainingState,
} from '../../../src/learning/training/train-step.ts';
import type {Engine, Tensor} from '../../../src/tensor/engine.ts';
import {drawnBatch, freeBatch} from '../../support/engines/batches.ts';
import {countingEngine} from '../../support/engines/counting-engine.ts';
import {startTestEngine} from '../../support/engines/test-engine.ts';
import {tinyModel, tinySplit} from '../../support/data/tiny-problem.ts';

/** A network with its momentum, as numbers. */
interface Numbers {
  readonly theta: Float32Array;
  readonly velocity: Float32Array;
}

type Stepped = Numbers & {
  readonly totals: Float32Array;
  readonly statistics: Float32Array | undefined;
};

const rate = 0.05;

/** A step on 10 images; `flat` absent: of plain SGD. */
async function step(
  from: Numbers,
  {flat, model = tinyModel(), ...options}: SgdOptions & {flat?: Flatness; model?: Model},
): Promise<Stepped> {
  const engine = await startTestEngine();
  const before = engine.memory().tensors;
  const upload = (numbers: Float32Array): Tensor => engine.upload(numbers, [numbers.length]);
  const channels = model.statistics.reduce((sum, {channels}) => sum + 2 * channels, 0);
  const state: TrainingState = {
    theta: upload(from.theta),
    velocity: upload(from.velocity),
    totals: uploadTotals(engine, {loss: 0, correct: 0}),
    ...(channels > 0 && {statistics: upload(new Float32Array(channels))}),
  };
  const batch = drawnBatch(engine, model, tinySplit(10));
  const learningRate = engine.upload(Float32Array.of(rate), []);
  const next =
    flat === undefined
      ? createTrainStep(engine, model, options)(state, batch, learningRate)
      : await createFlatStep(engine, model, {...options, flat})(state, batch, learningRate);
  const read = {
    theta: await engine.read(next.theta),
    velocity: await engine.read(next.velocity),
    totals: await engine.read(next.totals),
    statistics: next.statistics && (await engine.read(next.statistics)),
  };
  for (const tensor of [...Object.values({...state}), ...Object.values({...next}), learningRate]) {
    tensor.dispose();
  }
  freeBatch(batch);
  assert.equal(engine.memory().tensors, before);
  return read;
}

function start(model = tinyModel()): Numbers {
  const random = new Random(8, 'velocity');
  const theta = initialTheta(model, new Random(4));
  return {theta, velocity: theta.map(() => 0.1 * random.normal())};
}

/** The gradient at θ, which a step without momentum leaves as its velocity. */
async function gradientAt(theta: Float32Array): Promise<Float32Array> {
  const from = {theta, velocity: new Float32Array(theta.length)};
  return (await step(from, {momentum: 0, weightDecay: 0})).velocity;
}

function dot(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, i) => sum + value * b[i]!, 0);
}

function assertClose(got: Float32Array, expected: Float32Array | readonly number[]): void {
  const scale = Math.hypot(...expected);
  const off = Math.hypot(...expected.map((value, i) => value - got[i]!));
  assert.ok(off < 1e-5 * scale, `${off} of ${scale}`);
}

for (const alpha of [0, 0.3, 1]) {
  for (const adaptive of [true, false]) {
    test(`ρ = 0 is SGD to the last bit: α = ${alpha}, adaptive: ${adaptive}`, async () => {
      const options = {momentum: 0.9, weightDecay: 5e-4};
      const [flat, plain] = [
        await step(start(), {...options, flat: {rho: 0, alpha, adaptive}}),
        await step(start(), options),
      ];
      assert.deepEqual(flat, plain);
    });
  }
}

test('α = 0 without adaptation is SAM: the gradient at θ + ρ g / ‖g‖', async () => {
  const {theta, velocity} = start();
  const rho = 0.05;
  const g = await gradientAt(theta);
  const norm = Math.hypot(...g);
  const ahead = await gradientAt(theta.map((value, i) => value + (rho * g[i]!) / norm));
  const flat = {rho, alpha: 0, adaptive: false};
  const got = await step({theta, velocity}, {momentum: 0, weightDecay: 0, flat});
  assertClose(got.velocity, ahead);
  // The two gradients differ by much more than the tolerance.
  assert.ok(Math.hypot(...ahead.map((value, i) => value - g[i]!)) > 1e-2 * norm);
});

test('momentum and weight decay act on g′ − α g⊥ as on a gradient, and θ² weighs the way of an adaptive step', async () => {
  const {theta, velocity} = start();
  const [rho, alpha, momentum, weightDecay] = [0.5, 0.4, 0.9, 1e-2];
  const g = await gradientAt(theta);
  const norm = Math.hypot(...theta.map((value, i) => value * g[i]!));
  const ahead = await gradientAt(
    theta.map((value, i) => value + (rho * value ** 2 * g[i]!) / norm),
  );
  const cos = dot(g, ahead) / (Math.hypot(...g) * Math.hypot(...ahead));
  const orthogonal = ahead.map(
    (value, i) => g[i]! - (cos * Math.hypot(...g) * value) / Math.hypot(...ahead),
  );
  assert.ok(Math.hypot(...orthogonal) > 1e-2 * Math.hypot(...g));
  const moved = Array.from(
    velocity,
    (v, i) => momentum * v + ahead[i]! - alpha * orthogonal[i]! + weightDecay * theta[i]!,
  );
  const flat = {rho, alpha, adaptive: true};
  const got = await step({theta, velocity}, {momentum, weightDecay, flat});
  assertClose(got.velocity, moved);
  assertClose(
    got.theta,
    Array.from(theta, (value, i) => value - rate * moved[i]!),
  );
});

test('loss, accuracy and running statistics are those of the first gradient', async () => {
  const model = tinyModel('ConvNetBN');
  const options = {momentum: 0, weightDecay: 0, model};
  const flat = {rho: 2, alpha: 0.3, adaptive: true};
  const [got, plain] = [
    await step(start(model), {...options, flat}),
    await step(start(model), options),
  ];
  assert.deepEqual(got.totals, plain.totals);
  assert.deepEqual(got.statistics, plain.statistics);
  assert.notDeepEqual(got.theta, plain.theta);
});

test('a step runs one program for each gradient, and two that combine them', async () => {
  const {engine, counts} = countingEngine(await startTestEngine());
  const model = tinyModel();
  await onceOn(engine, model);
  assert.deepEqual([counts().runs, counts().waits], [4, 0]);
});

async function onceOn(engine: Engine, model: Model): Promise<void> {
  const {theta, velocity} = start(model);
  const flat = {rho: 0.01, alpha: 0.3, adaptive: true};
  const make = createFlatStep(engine, model, {momentum: 0, weightDecay: 0, flat});
  const state = {
    theta: engine.upload(theta, [theta.length]),
    velocity: engine.upload(velocity, [velocity.length]),
    totals: uploadTotals(engine, {loss: 0, correct: 0}),
  };
  await make(
    state,
    drawnBatch(engine, model, tinySplit(10)),
    engine.upload(Float32Array.of(1), []),
  );
}
