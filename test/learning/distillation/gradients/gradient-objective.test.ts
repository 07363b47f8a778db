import assert from 'node:assert/strict';
import {test} from 'node:test';
import {parseStrategy} from '../../../../src/learning/augmentation/strategy.ts';
import {noCanvas} from '../../../../src/learning/data/canvas.ts';
import {
  gradientObjective,
  type GradientSetup,
} from '../../../../src/learning/distillation/gradients/gradient-objective.ts';
import {disposeEvaluation} from '../../../../src/learning/distillation/objective.ts';
import {Random} from '../../../../src/learning/random.ts';
import type {Engine} from '../../../../src/tensor/engine.ts';
import {tinyModel, tinySplit} from '../../../support/data/tiny-problem.ts';
import {descends, slopeRatio} from '../../../support/engines/objective-checks.ts';
import {startTestEngine} from '../../../support/engines/test-engine.ts';

const dsa = parseStrategy('color_crop_cutout_flip_scale_rotate');
const setup: GradientSetup = {
  model: tinyModel(),
  labels: Int32Array.of(0, 0, 1, 1),
  canvas: noCanvas,
  real: tinySplit(30),
  realBatch: 12,
  strategy: parseStrategy('none'),
  distance: 'ours',
  outerSteps: 3,
  innerEpochs: 2,
  batch: 3,
  learningRate: 0.01,
};
const {images} = tinySplit(4, 7);
const shape = [4, 8, 8, 3];

for (const [what, given] of Object.entries<Partial<GradientSetup>>({
  ours: {},
  mse: {distance: 'mse'},
  cos: {distance: 'cos'},
  'an augmentation': {strategy: {...dsa, mode: 'M'}},
  'batches in parts': {partPixels: 64},
})) {
  test(`${what}: ∂L/∂X is that of central differences`, async () => {
    const engine = await startTestEngine();
    // A gradient jumps where a ReLU switches.
    const model = tinyModel('ConvNetAS');
    const objective = gradientObjective(engine, {...setup, model, ...given});
    const ratio = await slopeRatio(engine, objective, {images, shape, by: 0.02});
    assert.ok(Math.abs(ratio - 1) < 2e-3, `${ratio}`);
    objective.dispose?.();
  });
}

/** Evaluates one iteration and reads all of it. */
async function evaluated(
  engine: Engine,
  iteration: number,
  theta?: Float32Array,
  given: Partial<GradientSetup> = {},
): Promise<{readonly loss: number; readonly gradient: Float32Array; theta?: Float32Array}> {
  const objective = gradientObjective(engine, {...setup, ...given});
  const learned = {
    images: engine.upload(images, shape),
    stepSize: engine.upload(Float32Array.of(0.01), []),
  };
  const carried = theta === undefined ? {} : {theta: engine.upload(theta, [theta.length])};
  const at = {iteration, random: new Random(5, 'iteration', iteration)};
  const evaluation = await objective.evaluate(learned, at, carried);
  const left = evaluation.carried!['theta'];
  const [[loss], gradient, after] = await Promise.all([
    engine.read(evaluation.loss),
    engine.read(evaluation.gradients.images),
    left === undefined ? undefined : engine.read(left),
  ]);
  for (const held of [learned, carried, evaluation.carried!]) {
    Object.values(held).forEach((tensor) => tensor.dispose());
  }
  disposeEvaluation(evaluation);
  objective.dispose?.();
  return {loss: loss!, gradient, ...(after && {theta: after})};
}

test('a network is new for the first update, trained before the others, and not carried beyond the last', async () => {
  const engine = await startTestEngine();
  const before = engine.memory().tensors;
  const first = await evaluated(engine, 3);
  const second = await evaluated(engine, 4, first.theta);
  assert.notDeepEqual(second.theta, first.theta);
  const third = await evaluated(engine, 5, second.theta);
  assert.equal(third.theta, undefined);
  const untrained = await evaluated(engine, 4, first.theta, {learningRate: 0});
  assert.deepEqual(untrained.theta, first.theta);
  assert.notDeepEqual((await evaluated(engine, 6)).theta, first.theta);
  assert.equal(engine.memory().tensors, before);
});

test('batches in parts give what whole batches give', async () => {
  const engine = await startTestEngine();
  const [whole, divided] = [
    await evaluated(engine, 0),
    await evaluated(engine, 0, undefined, {partPixels: 64}),
  ];
  assert.ok(Math.abs(whole.loss - divided.loss) < 1e-5 * whole.loss);
  const scale = Math.max(...whole.gradient.map(Math.abs));
  const away = Math.max(
    ...whole.gradient.map((value, i) => Math.abs(value - divided.gradient[i]!)),
  );
  assert.ok(away < 1e-4 * scale, `${away / scale}`);
});

test('the loop lowers the distance of gradients, and continues from a state to the same bits', async () => {
  const objective = (engine: Engine) => gradientObjective(engine, {...setup, outerSteps: 2});
  await descends(objective, {images, shape, pixelRate: 0.1, iterations: 60, stop: 7});
});
