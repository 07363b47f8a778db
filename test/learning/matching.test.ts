import assert from 'node:assert/strict';
import {test} from 'node:test';
import {disposeBatch, uploadBatch} from '../../src/learning/batches.ts';
import {matchTrajectory, type Matching} from '../../src/learning/matching.ts';
import {initialTheta} from '../../src/learning/models/model.ts';
import {Random} from '../../src/learning/random.ts';
import {createStudent} from '../../src/learning/student.ts';
import type {Engine, Tensor} from '../../src/tensor/engine.ts';
import {startTfjsEngine} from '../../src/tensor/engines/tfjs/tfjs-engine.ts';
import {tinyModel, tinyShape, tinySplit} from '../support/tiny-problem.ts';

const model = tinyModel('ConvNetAS'); // Sigmoids: no kinks to step over.
const start = initialTheta(model, new Random(1));
const elsewhere = initialTheta(model, new Random(2));
const synthetic = tinySplit(4);

/** The matching of a student that takes two steps on all four images. */
async function match(
  engine: Engine,
  {
    alpha,
    target,
    images = synthetic.images,
  }: {alpha: number; target: Float32Array; images?: Float32Array},
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
  const student = createStudent(engine, model, 4);
  const matching = await matchTrajectory(engine, student, {
    start,
    target,
    alpha,
    steps: [step, step],
  });
  await Promise.all(pending);
  return {matching, gradient};
}

/** Adds a tensor to a sum, and disposes it. */
async function add(engine: Engine, tensor: Tensor, sum: Float32Array): Promise<void> {
  (await engine.read(tensor)).forEach((value, i) => (sum[i]! += value));
  tensor.dispose();
}

test('a student that does not move has loss 1, and one that arrives has loss 0', async () => {
  const engine = await startTfjsEngine();
  const still = await match(engine, {alpha: 0, target: elsewhere});
  assert.ok(Math.abs(still.matching.loss - 1) < 1e-6);
  const {matching} = await match(engine, {alpha: 0.1, target: elsewhere});
  const arrived = await match(engine, {alpha: 0.1, target: matching.theta});
  assert.ok(arrived.matching.loss < 1e-10);
});

test('gradients in the step size and in the pixels agree with finite differences', async () => {
  const engine = await startTfjsEngine();
  // A target in the direction of the student's own way, so that the loss is far from flat.
  const ahead = (await match(engine, {alpha: 2, target: elsewhere})).matching.theta;
  const target = ahead.map((value, i) => value + 0.02 * (elsewhere[i]! - start[i]!));
  const lossAt = async (alpha: number, images = synthetic.images): Promise<number> =>
    (await match(engine, {alpha, target, images})).matching.loss;
  const {matching, gradient} = await match(engine, {alpha: 1, target});
  const byAlpha = ((await lossAt(1.01)) - (await lossAt(0.99))) / 0.02;
  assert.ok(Math.abs(byAlpha - matching.alphaGradient) < 2e-3 * Math.abs(byAlpha));

  // Along the gradient itself the change is ‖gradient‖: large enough for float32 losses.
  const length = Math.sqrt(gradient.reduce((sum, g) => sum + g * g, 0));
  const moved = (h: number): Float32Array =>
    synthetic.images.map((x, i) => x + (h * gradient[i]!) / length);
  const h = 0.05;
  const along = ((await lossAt(1, moved(h))) - (await lossAt(1, moved(-h)))) / (2 * h);
  assert.ok(Math.abs(along - length) < 2e-2 * length, `${along} instead of ${length}`);
});

test('nothing is left behind', async () => {
  const engine = await startTfjsEngine();
  await match(engine, {alpha: 0.1, target: elsewhere});
  const before = engine.memory();
  await match(engine, {alpha: 0.1, target: elsewhere});
  assert.equal(engine.memory().tensors, before.tensors);
  assert.equal(engine.memory().bytes, before.bytes);
});

test('a batch holds the images and one-hot targets of its indices', async () => {
  const engine = await startTfjsEngine();
  const batch = uploadBatch(engine, synthetic, {indices: [3, 0], shape: tinyShape, classes: 2});
  assert.deepEqual(await engine.read(batch.targets), Float32Array.of(0, 1, 1, 0));
  assert.deepEqual(
    (await engine.read(batch.images)).subarray(0, 192),
    synthetic.images.subarray(576),
  );
  disposeBatch(batch);
});
