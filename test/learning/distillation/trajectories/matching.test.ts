import assert from 'node:assert/strict';
import {test} from 'node:test';
import {disposeBatch, uploadBatch} from '../../../../src/learning/training/batches.ts';
import {
  outputDistance,
  type Distance,
} from '../../../../src/learning/distillation/trajectories/distance.ts';
import {
  matchTrajectory,
  type Matching,
} from '../../../../src/learning/distillation/trajectories/matching.ts';
import {initialTheta} from '../../../../src/learning/models/model.ts';
import {Random} from '../../../../src/learning/random.ts';
import {
  createStudent,
  type GradientKind,
} from '../../../../src/learning/distillation/trajectories/student.ts';
import type {Engine, Tensor} from '../../../../src/tensor/engine.ts';
import {startTestEngine} from '../../../support/engines/test-engine.ts';
import {tinyModel, tinyShape, tinySplit} from '../../../support/data/tiny-problem.ts';

const model = tinyModel('ConvNetAS'); // Sigmoids have no kinks.
const start = initialTheta(model, new Random(1));
const elsewhere = initialTheta(model, new Random(2));
const synthetic = tinySplit(4);

/** Runs the matching of a student that takes two steps on all four images. */
async function match(
  engine: Engine,
  {
    alpha,
    target,
    images = synthetic.images,
    kind = 'exact',
    distance,
  }: {
    alpha: number;
    target: Float32Array;
    images?: Float32Array;
    kind?: GradientKind;
    distance?: Distance;
  },
): Promise<{matching: Matching; gradient: Float32Array}> {
  const gradient = new Float32Array(images.length);
  const pending: Promise<void>[] = [];
  const step = {
    batch: () =>
      uploadBatch(
        engine,
        {...synthetic, images},
        {indices: [0, 1, 2, 3], shape: tinyShape, classes: 2},
      ),
    collect: (tensor: Tensor) => {
      pending.push(add(engine, tensor, gradient));
    },
  };
  const student = createStudent(engine, model, kind);
  const matching = await matchTrajectory(engine, student, {
    start,
    target,
    alpha,
    steps: [step, step],
    ...(distance === undefined ? {} : {distance}),
  });
  await Promise.all(pending);
  return {matching, gradient};
}

/** Adds a tensor to a sum and disposes it. */
async function add(engine: Engine, tensor: Tensor, sum: Float32Array): Promise<void> {
  (await engine.read(tensor)).forEach((value, i) => (sum[i]! += value));
  tensor.dispose();
}

test('a student that does not move has loss 1, and one that arrives has loss 0', async () => {
  const engine = await startTestEngine();
  const still = await match(engine, {alpha: 0, target: elsewhere});
  assert.ok(Math.abs(still.matching.loss - 1) < 1e-6);
  const {matching} = await match(engine, {alpha: 0.1, target: elsewhere});
  const arrived = await match(engine, {alpha: 0.1, target: matching.theta});
  assert.ok(arrived.matching.loss < 1e-10);
  const student = createStudent(engine, model);
  const ends = {start, target: elsewhere, alpha: 0.1};
  const none = await matchTrajectory(engine, student, {...ends, steps: []});
  assert.equal(none.loss, 1);
});

test('gradients in the step size and in the pixels agree with finite differences', async () => {
  const engine = await startTestEngine();
  const target = await targetAhead(engine);
  const lossAt = async (alpha: number, images = synthetic.images): Promise<number> =>
    (await match(engine, {alpha, target, images})).matching.loss;
  const {matching, gradient} = await match(engine, {alpha: 1, target});
  const byAlpha = ((await lossAt(1.01)) - (await lossAt(0.99))) / 0.02;
  assert.ok(Math.abs(byAlpha - matching.alphaGradient) < 2e-3 * Math.abs(byAlpha));

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
  const ahead = (await match(engine, {alpha: 2, target: elsewhere})).matching.theta;
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
    (await match(engine, {alpha, target, images, distance})).matching.loss;
  const {matching, gradient} = await match(engine, {alpha: 1, target, distance});
  const byAlpha = ((await at(1.01)) - (await at(0.99))) / 0.02;
  assert.ok(Math.abs(byAlpha - matching.alphaGradient) < 5e-3 * Math.abs(byAlpha));
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
    const batch = uploadBatch(
      engine,
      {...synthetic, images},
      {indices: [0, 1, 2, 3], shape: tinyShape, classes: 2},
    );
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
  assert.equal(truncated.matching.loss, exact.matching.loss);

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
  assert.ok(Math.abs(truncated.matching.alphaGradient - byAlpha) < 1e-3 * Math.abs(byAlpha));
});

test('nothing is left behind', async () => {
  const engine = await startTestEngine();
  await match(engine, {alpha: 0.1, target: elsewhere});
  const before = engine.memory();
  await match(engine, {alpha: 0.1, target: elsewhere});
  assert.equal(engine.memory().tensors, before.tensors);
  assert.equal(engine.memory().bytes, before.bytes);
});

test('a batch holds the images and one-hot targets of its indices', async () => {
  const engine = await startTestEngine();
  const batch = uploadBatch(engine, synthetic, {indices: [3, 0], shape: tinyShape, classes: 2});
  assert.deepEqual(await engine.read(batch.targets), Float32Array.of(0, 1, 1, 0));
  assert.deepEqual(
    (await engine.read(batch.images)).subarray(0, 192),
    synthetic.images.subarray(576),
  );
  disposeBatch(batch);
});
