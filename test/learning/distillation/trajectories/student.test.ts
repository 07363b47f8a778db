import assert from 'node:assert/strict';
import {test} from 'node:test';
import {uploadBatch} from '../../../../src/learning/training/batches.ts';
import {matchTrajectory} from '../../../../src/learning/distillation/trajectories/matching.ts';
import {initialTheta} from '../../../../src/learning/models/model.ts';
import {Random} from '../../../../src/learning/random.ts';
import {createStudent} from '../../../../src/learning/distillation/trajectories/student.ts';
import {startTestEngine} from '../../../support/engines/test-engine.ts';
import {tinyModel, tinyShape, tinySplit} from '../../../support/data/tiny-problem.ts';

const model = tinyModel();
const size = [model.parameterCount];
const theta = initialTheta(model, new Random(1));
const synthetic = tinySplit(4);
const batchOf = {indices: [0, 1, 2, 3], shape: tinyShape, classes: 2};

// The backward pass does not compute g. The test takes it from a step.
for (const name of ['ConvNetD1W8', 'ConvNetBN', 'ConvNetLN', 'MLP']) {
  for (const kind of ['exact', 'truncated'] as const) {
    test(`the part of ∂L/∂α of a step of ${name} is −⟨g, λ⟩ (${kind})`, async () => {
      const engine = await startTestEngine();
      const network = tinyModel(name);
      const student = createStudent(engine, network, kind);
      const before = initialTheta(network, new Random(1));
      const along = initialTheta(network, new Random(2));
      const [at, lambda] = [before, along].map((numbers) =>
        engine.upload(numbers, [network.parameterCount]),
      );
      // α is so large that θ − α g keeps the digits of g.
      const alpha = engine.upload(Float32Array.of(1000), []);
      const batch = uploadBatch(engine, synthetic, batchOf);
      const next = await engine.read(student.step(at!, batch, alpha).theta);
      const back = await engine.read(student.back(at!, batch, alpha, lambda!).alpha);
      const g = before.map((number, i) => (number - next[i]!) / 1000);
      const product = g.reduce((sum, number, i) => sum + number * along[i]!, 0);
      const size = g.reduce((sum, number, i) => sum + Math.abs(number * along[i]!), 0);
      assert.ok(size > 1e-3, 'the gradient is not zero');
      assert.ok(Math.abs(back[0]! + product) < 1e-5 * size, `${back[0]} instead of ${-product}`);
    });
  }
}

test('a thousand steps, forward and back, leave no tensor and no byte behind', async () => {
  const engine = await startTestEngine();
  const student = createStudent(engine, model);
  const alpha = engine.upload(Float32Array.of(0.01), []);
  const batch = uploadBatch(engine, synthetic, batchOf);
  let current = engine.upload(theta, size);
  let lambda = engine.upload(theta, size);
  const before = engine.memory();
  for (let step = 0; step < 1000; step++) {
    const next = student.step(current, batch, alpha);
    const back = student.back(current, batch, alpha, lambda);
    for (const tensor of [current, lambda, next.loss, back.images, back.alpha]) tensor.dispose();
    current = next.theta;
    lambda = back.lambda!;
  }
  assert.equal(engine.memory().tensors, before.tensors);
  assert.equal(engine.memory().bytes, before.bytes);
});

test('memory grows only by one θ and one loss per step', async () => {
  const engine = await startTestEngine();
  const student = createStudent(engine, model);
  const peak = async (steps: number): Promise<number> => {
    const step = {
      batch: () => uploadBatch(engine, synthetic, batchOf),
      collect: (gradient: {dispose(): void}) => gradient.dispose(),
    };
    const before = engine.memory().bytes;
    engine.resetPeak();
    await matchTrajectory(engine, student, {
      start: theta,
      target: initialTheta(model, new Random(2)),
      alpha: 0.01,
      steps: Array.from({length: steps}, () => step),
    });
    return engine.memory().peakBytes - before;
  };
  const [short, long] = [await peak(5), await peak(50)];
  // The backward pass frees one θ per step, and keeps one number, ∂L/∂α.
  const growth = 45 * 4 * (model.parameterCount + 2);
  assert.ok(long - short <= growth, `${short} → ${long} bytes`);
  // A tape over all steps would keep much more: the activations of one step alone are
  const activations = 4 * 4 * 8 * 8 * 8;
  assert.ok(growth < 45 * activations, 'the test problem must tell the two apart');
});
