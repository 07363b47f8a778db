import assert from 'node:assert/strict';
import {test} from 'node:test';
import {parseStrategy} from '../../src/learning/augmentation/strategy.ts';
import {
  distill,
  type DistillationSetup,
  type DistillationState,
} from '../../src/learning/distillation.ts';
import {initialTheta} from '../../src/learning/models/model.ts';
import {Random} from '../../src/learning/random.ts';
import {startTfjsEngine} from '../../src/tensor/engines/tfjs/tfjs-engine.ts';
import {tinyModel, tinySplit} from '../support/tiny-problem.ts';

const model = tinyModel();
const synthetic = tinySplit(6);

const setup: DistillationSetup = {
  model,
  trajectories: {
    trajectories: 2,
    snapshot: async (trajectory, epoch) => initialTheta(model, new Random(trajectory, epoch)),
  },
  labels: synthetic.labels,
  iterations: 6,
  steps: 3,
  expertEpochs: 1,
  maxStartEpoch: 2,
  batch: 4,
  pixelRate: 10,
  stepSizeRate: 1e-4,
  stepSize: 0.05,
  momentum: 0.5,
  strategy: parseStrategy('color_crop_cutout_flip_scale_rotate'),
  seed: 3,
} as DistillationSetup;

const initial: DistillationState = {
  iteration: 0,
  images: synthetic.images,
  imageVelocity: new Float32Array(synthetic.images.length),
  stepSize: 0.05,
  stepSizeVelocity: 0,
};

async function after(
  iterations: number,
  from = initial,
): Promise<{state: DistillationState; losses: number[]}> {
  const engine = await startTfjsEngine();
  const losses: number[] = [];
  let state = from;
  for await (const iteration of distill(engine, {...setup, iterations}, from)) {
    losses.push(iteration.loss);
    state = await iteration.state();
  }
  return {state, losses};
}

test('six iterations at once end where three and three more end, to the last bit', async () => {
  const straight = await after(6);
  const resumed = await after(6, (await after(3)).state);
  assert.deepEqual(resumed.state, straight.state);
  assert.deepEqual(resumed.losses, straight.losses.slice(3));
});

test('pixels and step size move, and every iteration reports a loss', async () => {
  const {state, losses} = await after(6);
  assert.equal(losses.length, 6);
  assert.ok(losses.every((loss) => Number.isFinite(loss) && loss > 0));
  assert.notDeepEqual(state.images, initial.images);
  assert.notEqual(state.stepSize, initial.stepSize);
});

test('distillation lowers the matching loss of a trajectory it can follow', async () => {
  const engine = await startTfjsEngine();
  const start = initialTheta(model, new Random(1));
  // The student's own way on other images of the same classes, hence one that images can lead along.
  const goal = start.map((value, i) => value + 0.02 * Math.sin(i));
  const easy = {
    ...setup,
    iterations: 40,
    pixelRate: 3,
    stepSizeRate: 0,
    strategy: parseStrategy('none'),
    batch: 6,
    trajectories: {
      trajectories: 1,
      snapshot: async (_: number, epoch: number) => (epoch === 0 ? start : goal),
    },
    maxStartEpoch: 1,
  };
  const losses: number[] = [];
  for await (const {loss} of distill(engine, easy, initial)) losses.push(loss);
  assert.ok(losses.at(-1)! < losses[0]!, `${losses[0]} → ${losses.at(-1)}`);
});

test('a loss that is not finite stops the distillation and names the iteration', async () => {
  const broken = {...initial, images: initial.images.map(() => Number.NaN)};
  await assert.rejects(after(2, broken), {
    name: 'DivergedError',
    message: /became NaN in iteration 1/,
  });
});

test('a step size that turns negative stops the distillation and says what helps', async () => {
  const engine = await startTfjsEngine();
  const wild = {...setup, stepSizeRate: 1e6};
  await assert.rejects(
    async () => {
      for await (const _ of distill(engine, wild, initial));
    },
    {name: 'DivergedError', message: /step size became -?\d.* smaller stepSizeRate/},
  );
});

test('nothing is left behind, also when the caller stops early', async () => {
  const engine = await startTfjsEngine();
  const before = engine.memory().tensors;
  for await (const {iteration} of distill(engine, setup, initial)) if (iteration === 2) break;
  assert.equal(engine.memory().tensors, before);
});
