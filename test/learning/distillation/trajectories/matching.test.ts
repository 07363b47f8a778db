import assert from 'node:assert/strict';
import {test} from 'node:test';
import {
  outputDistance,
  parameterDistance,
  type Distance,
} from '../../../../src/learning/distillation/trajectories/distance.ts';
import {createMatching} from '../../../../src/learning/distillation/trajectories/matching.ts';
import {initialTheta} from '../../../../src/learning/models/model.ts';
import {Random} from '../../../../src/learning/random.ts';
import {
  createStudent,
  type GradientKind,
} from '../../../../src/learning/distillation/trajectories/student.ts';
import type {Engine} from '../../../../src/tensor/engine.ts';
import {freeBatch, givenBatch} from '../../../support/engines/batches.ts';
import {readMatching, type MatchingNumbers} from '../../../support/engines/read-matching.ts';
import {startTestEngine} from '../../../support/engines/test-engine.ts';
import {watchingDistance} from '../../../support/engines/watching-distance.ts';
import {tinyModel, tinyShape, tinySplit} from '../../../support/data/tiny-problem.ts';

const model = tinyModel('ConvNetAS'); // Sigmoids have no kinks.
const start = initialTheta(model, new Random(1));
const elsewhere = initialTheta(model, new Random(2));
const synthetic = tinySplit(4);

const shape = [4, tinyShape.height, tinyShape.width, tinyShape.channels];

/** Runs the matching of a student that takes two steps on all four images. */
async function match(
  engine: Engine,
  {
    alpha,
    target,
    images = synthetic.images,
    kind = 'exact',
    distance = parameterDistance(engine),
    steps = 2,
  }: {
    alpha: number;
    target: Float32Array;
    images?: Float32Array;
    kind?: GradientKind;
    distance?: Distance;
    steps?: number;
  },
): Promise<MatchingNumbers & {theta: Float32Array}> {
  const watching = watchingDistance(engine, distance);
  const student = createStudent(engine, model, kind);
  const matching = createMatching(engine, student, {distance: watching, images: shape});
  const batch = givenBatch(engine, model, {...synthetic, images});
  const stepSize = engine.upload(Float32Array.of(alpha), []);
  const batches = Array.from({length: steps}, () => batch);
  const matched = await matching({start, target, alpha: stepSize, batches});
  stepSize.dispose();
  freeBatch(batch);
  return {...(await readMatching(engine, matched)), theta: await watching.reached()};
}

test('a student that does not move has loss 1, and one that arrives has loss 0', async () => {
  const engine = await startTestEngine();
  const still = await match(engine, {alpha: 0, target: elsewhere});
  assert.ok(Math.abs(still.loss - 1) < 1e-6);
  const {theta} = await match(engine, {alpha: 0.1, target: elsewhere});
  const arrived = await match(engine, {alpha: 0.1, target: theta});
  assert.ok(arrived.loss < 1e-10);
  const none = await match(engine, {alpha: 0.1, target: elsewhere, steps: 0});
  assert.ok(Math.abs(none.loss - 1) < 1e-6);
  assert.equal(none.alphaGradient, 0);
  assert.ok(none.gradient.every((value) => value === 0));
});

test('gradients in the step size and in the pixels agree with finite differences', async () => {
  const engine = await startTestEngine();
  const target = await targetAhead(engine);
  const lossAt = async (alpha: number, images = synthetic.images): Promise<number> =>
    (await match(engine, {alpha, target, images})).loss;
  const {alphaGradient, gradient} = await match(engine, {alpha: 1, target});
  const byAlpha = ((await lossAt(1.01)) - (await lossAt(0.99))) / 0.02;
  assert.ok(Math.abs(byAlpha - alphaGradient) < 2e-3 * Math.abs(byAlpha));

  // In the direction of the gradient the change is ‖gradient‖, which is large enough for losses in float32.
  const length = Math.sqrt(gradient.reduce((sum, g) => sum + g * g, 0));
  const moved = (h: number): Float32Array =>
    synthetic.images.map((x, i) => x + (h * gradient[i]!) / length);
  const h = 0.05;
  const along = ((await lossAt(1, moved(h))) - (await lossAt(1, moved(-h)))) / (2 * h);
  assert.ok(Math.abs(along - length) < 2e-2 * length, `${along} instead of ${length}`);
});

/** Gives a target near the student's own trajectory, so that the loss is far from flat. */
async function targetAhead(engine: Engine): Promise<Float32Array> {
  const ahead = (await match(engine, {alpha: 2, target: elsewhere})).theta;
  return ahead.map((value, i) => value + 0.02 * (elsewhere[i]! - start[i]!));
}

test('by outputs, gradients in the step size and in the pixels agree with finite differences', async () => {
  const engine = await startTestEngine();
  const target = await targetAhead(engine);
  const distance = outputDistance(engine, model, {
    probe: tinySplit(6, 1),
    outputs: 'logits',
    normalisation: 'global',
  });
  const at = async (alpha: number, images = synthetic.images): Promise<number> =>
    (await match(engine, {alpha, target, images, distance})).loss;
  const {alphaGradient, gradient} = await match(engine, {alpha: 1, target, distance});
  const byAlpha = ((await at(1.01)) - (await at(0.99))) / 0.02;
  assert.ok(Math.abs(byAlpha - alphaGradient) < 5e-3 * Math.abs(byAlpha));
  const length = Math.hypot(...gradient);
  const moved = (h: number): Float32Array<ArrayBuffer> =>
    synthetic.images.map((x, i) => x + (h * gradient[i]!) / length);
  const h = 0.05;
  const along = ((await at(1, moved(h))) - (await at(1, moved(-h)))) / (2 * h);
  assert.ok(Math.abs(along - length) < 2e-2 * length, `${along} instead of ${length}`);
});

test('the truncated gradient is that of steps whose starting points do not depend on the pixels', async () => {
  const engine = await startTestEngine();
  const target = await targetAhead(engine);
  const alpha = 1;
  const student = createStudent(engine, model);
  /** Computes θ̂ − α·g(θ̂; X) of one step on the host. */
  const step = async (from: Float32Array, images: Float32Array): Promise<Float32Array> => {
    const batch = givenBatch(engine, model, {...synthetic, images});
    const size = engine.upload(Float32Array.of(alpha), []);
    const next = student.step(engine.upload(from, [from.length]), batch, size);
    return engine.read(next.theta);
  };
  const frozen = [start, await step(start, synthetic.images)];
  /** Computes ‖θ̂₀ − α Σ gᵢ(frozen θ̂ᵢ; X) − target‖² / ‖θ̂₀ − target‖², and Σ gᵢ. */
  const loss = async (images: Float32Array): Promise<{loss: number; sum: Float64Array}> => {
    const sum = new Float64Array(start.length);
    for (const theta of frozen) {
      const next = await step(theta, images);
      theta.forEach((value, i) => (sum[i]! += (value - next[i]!) / alpha));
    }
    let [reached, whole] = [0, 0];
    start.forEach((value, i) => {
      reached += (value - alpha * sum[i]! - target[i]!) ** 2;
      whole += (value - target[i]!) ** 2;
    });
    return {loss: reached / whole, sum};
  };
  const truncated = await match(engine, {alpha, target, kind: 'truncated'});
  const exact = await match(engine, {alpha, target});
  assert.equal(truncated.loss, exact.loss);

  const {gradient} = truncated;
  const length = Math.hypot(...gradient);
  const moved = (h: number): Float32Array =>
    synthetic.images.map((x, i) => x + (h * gradient[i]!) / length);
  const h = 0.05;
  const along = ((await loss(moved(h))).loss - (await loss(moved(-h))).loss) / (2 * h);
  assert.ok(Math.abs(along - length) < 2e-2 * length, `${along} instead of ${length}`);
  // A second direction: that of the exact gradient, which differs from the truncated one.
  const other = Math.hypot(...exact.gradient);
  const towards = (h: number): Float32Array =>
    synthetic.images.map((x, i) => x + (h * exact.gradient[i]!) / other);
  const difference = ((await loss(towards(h))).loss - (await loss(towards(-h))).loss) / (2 * h);
  const product = gradient.reduce((sum, g, i) => sum + (g * exact.gradient[i]!) / other, 0);
  assert.ok(Math.abs(difference - product) < 2e-2 * Math.abs(product));
  assert.ok(product < 0.99 * length, 'the test problem must tell the two gradients apart');

  // dL/dα with Σ gᵢ held: 2⟨θ̂_N − target, −Σ gᵢ⟩ / ‖θ̂₀ − target‖²
  const {sum} = await loss(synthetic.images);
  let [dot, whole] = [0, 0];
  start.forEach((value, i) => {
    dot -= 2 * (value - alpha * sum[i]! - target[i]!) * sum[i]!;
    whole += (value - target[i]!) ** 2;
  });
  const byAlpha = dot / whole;
  assert.ok(Math.abs(truncated.alphaGradient - byAlpha) < 1e-3 * Math.abs(byAlpha));
});

test('nothing is left behind', async () => {
  const engine = await startTestEngine();
  await match(engine, {alpha: 0.1, target: elsewhere});
  const before = engine.memory();
  await match(engine, {alpha: 0.1, target: elsewhere});
  assert.equal(engine.memory().tensors, before.tensors);
  assert.equal(engine.memory().bytes, before.bytes);
});
