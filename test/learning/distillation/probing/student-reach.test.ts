import assert from 'node:assert/strict';
import {test} from 'node:test';
import {parseStrategy} from '../../../../src/learning/augmentation/strategy.ts';
import {noCanvas} from '../../../../src/learning/data/canvas.ts';
import {
  chooseStepSize,
  type Attempt,
} from '../../../../src/learning/distillation/probing/choices.ts';
import {
  createReachMeter,
  normOf,
  squaredDistance,
} from '../../../../src/learning/distillation/probing/student-reach.ts';
import {trajectoryObjective} from '../../../../src/learning/distillation/trajectories/trajectory-objective.ts';
import {createStudent} from '../../../../src/learning/distillation/trajectories/student.ts';
import {initialTheta} from '../../../../src/learning/models/model.ts';
import {Random} from '../../../../src/learning/random.ts';
import {freeBatch, givenBatch} from '../../../support/engines/batches.ts';
import {startTestEngine} from '../../../support/engines/test-engine.ts';
import {tinyModel, tinyShape, tinySplit} from '../../../support/data/tiny-problem.ts';

const model = tinyModel();
const start = initialTheta(model, new Random(1));
const split = tinySplit(4);
const shape = [4, tinyShape.height, tinyShape.width, tinyShape.channels];
const options = {
  model,
  labels: split.labels,
  steps: 1,
  batch: 4,
  remainder: 'drop',
  canvas: noCanvas,
  strategy: parseStrategy('none'),
} as const;

/** Where one step of a size on all images leads. */
async function stepped(size: number): Promise<Float32Array> {
  const engine = await startTestEngine();
  const batch = givenBatch(engine, model, split);
  const [theta, alpha] = [
    engine.upload(start, [start.length]),
    engine.upload(Float32Array.of(size), []),
  ];
  const next = createStudent(engine, model).step(theta, batch, alpha);
  const reached = await engine.read(next.theta);
  for (const tensor of [theta, alpha, next.theta, next.loss]) tensor.dispose();
  freeBatch(batch);
  return reached;
}

test('for an expert that took one step of size a, the loss is (1 − α/a)², the reach α/a, and a is chosen', async () => {
  const a = 0.03;
  const ends = {start, target: await stepped(a)};
  const engine = await startTestEngine();
  const meter = createReachMeter(engine, options);
  const images = engine.upload(split.images, shape);
  const attempts: Attempt[] = [];
  for (const stepSize of [a / 3, a, 3 * a]) {
    const random = new Random(1, 'draws');
    const {loss, reach} = await meter.measure(images, {ends, stepSize, random});
    assert.ok(Math.abs(loss - (1 - stepSize / a) ** 2) < 1e-3, `${stepSize}: loss ${loss}`);
    assert.ok(Math.abs(reach - stepSize / a) < 1e-3, `${stepSize}: reach ${reach}`);
    attempts.push({trajectory: 0, startEpoch: 0, stepSize, loss, reach, drift: 1});
  }
  assert.equal(chooseStepSize(attempts), a);
  images.dispose();
  meter.dispose();
});

test('the loss is the one that a distillation with the same draws has', async () => {
  const target = initialTheta(model, new Random(2));
  const engine = await startTestEngine();
  const given = {...options, steps: 3, batch: 2, strategy: parseStrategy('color_crop')};
  const images = engine.upload(split.images, shape);
  const stepSize = engine.upload(Float32Array.of(0.1), []);
  const random = new Random(7, 'draws');
  const objective = trajectoryObjective(engine, {
    ...given,
    trajectories: {
      shards: [1],
      snapshot: (_, epoch) => Promise.resolve(epoch === 0 ? start : target),
    },
    expertEpochs: 1,
    maxStartEpoch: 1,
    sampling: {kind: 'with-replacement'},
    gradient: 'exact',
    seed: 0,
  });
  const evaluation = await objective.evaluate({images, stepSize}, {iteration: 0, random});
  const [loss] = await engine.read(evaluation.loss);
  const meter = createReachMeter(engine, given);
  const measured = await meter.measure(images, {ends: {start, target}, stepSize: 0.1, random});
  assert.ok(Math.abs(measured.loss / loss! - 1) < 1e-4, `${measured.loss}, not ${loss}`);
});

test('a student that diverges has an infinite loss, and nothing is left on the engine', async () => {
  const engine = await startTestEngine();
  const images = engine.upload(split.images, shape);
  const meter = createReachMeter(engine, {...options, steps: 3});
  const ends = {start, target: initialTheta(model, new Random(2))};
  const random = new Random(1, 'draws');
  const held = engine.memory().tensors;
  const reach = await meter.measure(images, {ends, stepSize: 1e38, random});
  assert.deepEqual(reach, {loss: Infinity, reach: Infinity});
  assert.equal(engine.memory().tensors, held);
});

test('norms and distances are sums of squares', () => {
  const [a, b] = [Float32Array.of(3, 4), Float32Array.of(0, 8)];
  assert.deepEqual([normOf(a), squaredDistance(a, b)], [5, 25]);
});
