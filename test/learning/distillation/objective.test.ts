import assert from 'node:assert/strict';
import {test} from 'node:test';
import {
  initialDistillation,
  type DistillationState,
} from '../../../src/learning/distillation/distillation-state.ts';
import {
  distill,
  type DistillationIteration,
} from '../../../src/learning/distillation/distillation.ts';
import {disposeEvaluation} from '../../../src/learning/distillation/objective.ts';
import {Random} from '../../../src/learning/random.ts';
import {distributionMatching} from '../../support/registries/distribution-matching.ts';
import {startTestEngine} from '../../support/engines/test-engine.ts';
import {tinyModel, tinySplit} from '../../support/data/tiny-problem.ts';

const model = tinyModel();
const noise = new Random(5, 'images');
const images = Float32Array.from({length: 4 * 192}, () => noise.normal());
const given = {labels: Int32Array.of(0, 0, 1, 1), real: tinySplit(20)};
const shape = [4, 8, 8, 3];
const initial = initialDistillation(images, 0.05, 'raw');

async function distilled(
  iterations: number,
  from = initial,
): Promise<{readonly state: DistillationState; readonly seen: readonly DistillationIteration[]}> {
  const engine = await startTestEngine();
  const objective = distributionMatching(engine, model, given);
  const loop = {pixelRate: 1, stepSizeRate: 1e-3, stepSizeForm: 'raw', momentum: 0.5} as const;
  const setup = {...loop, objective, shape, iterations, seed: 1};
  const seen: DistillationIteration[] = [];
  let state = from;
  for await (const done of distill(engine, setup, from)) {
    seen.push(done);
    state = await done.state();
  }
  return {state, seen};
}

test('the gradient of another objective is that of finite differences', async () => {
  const engine = await startTestEngine();
  const objective = distributionMatching(engine, model, given);
  const at = {iteration: 0, random: new Random(1)};
  const stepSize = engine.upload(Float32Array.of(0), []);
  const lossAt = async (numbers: Float32Array): Promise<number> => {
    const learned = {images: engine.upload(numbers, shape), stepSize};
    const evaluation = await objective.evaluate(learned, at);
    const [loss] = await engine.read(evaluation.loss);
    learned.images.dispose();
    disposeEvaluation(evaluation);
    return loss!;
  };
  const x = engine.upload(images, shape);
  const byImages = await engine.read(
    (await objective.evaluate({images: x, stepSize}, at)).gradients.images,
  );
  // The slope in the direction of the gradient is the gradient's norm.
  const norm = Math.hypot(...byImages);
  const moved = (by: number): Float32Array =>
    images.map((value, i) => value + (by * byImages[i]!) / norm);
  const slope = ((await lossAt(moved(0.01))) - (await lossAt(moved(-0.01)))) / 0.02;
  assert.ok(Math.abs(slope / norm - 1) < 1e-3, `${slope} is not ${norm}`);
});

test('the loop lowers another objective, and leaves a step size alone that it does not depend on', async () => {
  const {state, seen} = await distilled(40);
  const losses = seen.map(({numbers}) => numbers.loss);
  const mean = (of: readonly number[]): number => of.reduce((a, b) => a + b) / of.length;
  assert.ok(mean(losses.slice(-5)) < mean(losses.slice(0, 5)) / 2, losses.join(' '));
  assert.equal(state.stepSize, 0.05);
  assert.deepEqual(Object.keys(seen[0]!.numbers).sort(), [
    'imageGradientNorm',
    'loss',
    'norm',
    'relativeUpdate',
    'stepSize',
  ]);
});

test('another objective continues from a state to the same bits, and leaves nothing on the engine', async () => {
  const engine = await startTestEngine();
  const before = engine.memory().tensors;
  const straight = await distilled(6);
  const resumed = await distilled(6, (await distilled(2)).state);
  assert.deepEqual(resumed.state, straight.state);
  assert.equal(engine.memory().tensors, before);
});

test('pixels that another objective carries away are named without trajectories', async () => {
  const far = {...initial, images: images.map(() => Number.NaN)};
  await assert.rejects(distilled(1, far), {
    name: 'DivergedError',
    message: /^The loss became NaN in iteration 1 \(step size 0\.05\)\. A smaller/,
  });
});
