import assert from 'node:assert/strict';
import {test} from 'node:test';
import {parseStrategy} from '../../../src/learning/augmentation/strategy.ts';
import {noCanvas} from '../../../src/learning/data/canvas.ts';
import {
  distill,
  type DistillationIteration,
  type DistillationSetup,
} from '../../../src/learning/distillation/distillation.ts';
import {
  initialDistillation,
  type DistillationState,
} from '../../../src/learning/distillation/distillation-state.ts';
import {parameterDistance} from '../../../src/learning/distillation/trajectories/distance.ts';
import {
  trajectoryObjective,
  type TrajectorySetup,
} from '../../../src/learning/distillation/trajectories/trajectory-objective.ts';
import type {Objective} from '../../../src/learning/distillation/objective.ts';
import {initialTheta} from '../../../src/learning/models/model.ts';
import {Random} from '../../../src/learning/random.ts';
import type {Engine} from '../../../src/tensor/engine.ts';
import {countingEngine, countsBetween} from '../../support/engines/counting-engine.ts';
import {startTestEngine} from '../../support/engines/test-engine.ts';
import {tinyModel, tinySplit} from '../../support/data/tiny-problem.ts';

const model = tinyModel();
const synthetic = tinySplit(6);

const matching: TrajectorySetup = {
  model,
  trajectories: {
    shards: [2],
    snapshot: async (trajectory, epoch) => initialTheta(model, new Random(trajectory, epoch)),
  },
  labels: synthetic.labels,
  steps: 3,
  expertEpochs: 1,
  maxStartEpoch: 2,
  batch: 4,
  sampling: {kind: 'with-replacement'},
  remainder: 'drop',
  canvas: noCanvas,
  gradient: 'exact',
  strategy: parseStrategy('color_crop_cutout_flip_scale_rotate'),
  seed: 3,
};

const loop: Omit<DistillationSetup, 'objective'> = {
  shape: [6, 8, 8, 3],
  iterations: 6,
  pixelRate: 10,
  stepSizeRate: 1e-4,
  stepSizeForm: 'raw',
  momentum: 0.5,
  seed: 3,
};

/** Distils by matching trajectories. */
function distilled(
  engine: Engine,
  {from = initial, matched = {}, ...given}: Given = {},
): AsyncGenerator<DistillationIteration> {
  const objective = trajectoryObjective(engine, {...matching, ...matched});
  return distill(engine, {...loop, ...given, objective}, from);
}

type Given = Partial<typeof loop> & {
  readonly from?: DistillationState;
  readonly matched?: Partial<TrajectorySetup>;
};

const initial = initialDistillation(synthetic.images, 0.05, 'raw');

async function after(
  iterations: number,
  from = initial,
  given: Given = {},
): Promise<{state: DistillationState; losses: number[]; seen: DistillationIteration[]}> {
  const engine = await startTestEngine();
  const seen: DistillationIteration[] = [];
  let state = from;
  for await (const iteration of distilled(engine, {...given, iterations, from})) {
    seen.push(iteration);
    state = await iteration.state();
  }
  return {state, losses: seen.map(({numbers}) => numbers.loss), seen};
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

test('an iteration asks for two runs a step and a few more, and its uploads do not grow with the steps', async () => {
  for (const [steps, strategy] of [
    [2, 'none'],
    [10, 'none'],
    [10, 'color_crop_cutout_flip_scale_rotate'],
  ] as const) {
    const {engine, counts} = countingEngine(await startTestEngine());
    const matched = {steps, strategy: parseStrategy(strategy)};
    const iterations = distilled(engine, {iterations: 9, matched});
    await iterations.next();
    const before = counts();
    await iterations.next();
    assert.deepEqual(countsBetween(before, counts()), {
      // For all numbers of the iteration before.
      waits: 1,
      // The rows of the steps, the distance, zeros to add to; the update.
      runs: 2 * steps + 4,
      // θ*_start, θ*_target and its divisor, what was drawn.
      uploads: 4,
    });
    await iterations.return(undefined);
  }
});

test('distillation lowers the matching loss of a trajectory it can follow', async () => {
  const engine = await startTestEngine();
  const start = initialTheta(model, new Random(1));
  // A small change of all parameters, so that the target is near the start.
  const goal = start.map((value, i) => value + 0.02 * Math.sin(i));
  const matched = {
    strategy: parseStrategy('none'),
    batch: 6,
    trajectories: {
      shards: [1],
      snapshot: async (_: number, epoch: number) => (epoch === 0 ? start : goal),
    },
    maxStartEpoch: 1,
  };
  const easy = {iterations: 40, pixelRate: 3, stepSizeRate: 0, matched};
  const losses: number[] = [];
  for await (const {numbers} of distilled(engine, easy)) losses.push(numbers.loss);
  assert.ok(losses.at(-1)! < losses[0]!, `${losses[0]} → ${losses.at(-1)}`);
});

test('a loss that is not finite stops the distillation and names the iteration', async () => {
  const broken = {...initial, images: initial.images.map(() => Number.NaN)};
  await assert.rejects(after(2, broken), {
    name: 'DivergedError',
    message: /became NaN in iteration 1/,
  });
});

test('an expert that did not move is named, whatever the loss is divided by', async () => {
  const still = {shards: [1], snapshot: async () => initialTheta(model, new Random(1))};
  await assert.rejects(after(1, initial, {matched: {trajectories: still}}), {
    name: 'DivergedError',
    message: /^The expert of trajectory 0 did not move from epoch [01] on \(iteration 1\): /,
  });
});

test('an expert that moved in nothing that counts is named', async () => {
  const engine = await startTestEngine();
  const distance = parameterDistance(engine, {model, normalisation: 'global', skipShallow: 0.5});
  const moved = (by: number): Float32Array =>
    initialTheta(model, new Random(1)).map((value, i) => (i < 10 ? value + by : value));
  const shallow = {shards: [1], snapshot: async (_: number, epoch: number) => moved(epoch)};
  const rejects = async (matched: Partial<TrajectorySetup>): Promise<void> =>
    assert.rejects(after(1, initial, {matched}), {
      name: 'DivergedError',
      message: /^The expert of trajectory 0 did not move from epoch [01] on/,
    });
  await rejects({trajectories: shallow, distance});
  assert.equal((await after(1, initial, {matched: {trajectories: shallow}})).losses.length, 1);
});

test('a student of one step that matches its best step is one that matches its last, to the last bit', async () => {
  const [best, last] = await Promise.all(
    [{bestStep: true}, {}].map(async (given) => after(4, initial, {matched: {steps: 1, ...given}})),
  );
  assert.deepEqual(best!.state, last!.state);
  assert.deepEqual(
    best!.seen.map(({numbers}) => numbers['matchedStep']),
    [1, 1, 1, 1],
  );
});

test('the relative update of images that are all 0 is 1 if they move, and 0 otherwise', async () => {
  const black = {...initial, images: initial.images.map(() => 0)};
  assert.equal((await after(1, black)).seen[0]!.numbers.relativeUpdate, 0);
  const pushed = {...black, imageVelocity: black.images.map(() => 1)};
  assert.equal((await after(1, pushed)).seen[0]!.numbers.relativeUpdate, 1);
});

test('a step size that turns negative stops the distillation and says what helps', async () => {
  const engine = await startTestEngine();
  await assert.rejects(
    async () => {
      for await (const _ of distilled(engine, {stepSizeRate: 1e6}));
    },
    {
      name: 'DivergedError',
      message: /step size became -?[\d.e-]{1,10} in iteration .* smaller stepSizeRate/,
    },
  );
});

test('nothing is left behind, also when the caller stops early', async () => {
  const engine = await startTestEngine();
  const before = engine.memory().tensors;
  for await (const {iteration} of distilled(engine)) if (iteration === 2) break;
  assert.equal(engine.memory().tensors, before);
});

/** Gives the Euclidean distance between the images of two states. */
const distance = (a: DistillationState, b: DistillationState): number =>
  Math.hypot(...a.images.map((value, i) => value - b.images[i]!));

test('the first update is η times the gradient, and is limited as the gradient is', async () => {
  const {state, seen} = await after(1);
  const {
    imageGradientNorm: norm,
    stepSizeGradient: byAlpha = NaN,
    relativeUpdate,
  } = seen[0]!.numbers;
  const near = (a: number, b: number): void =>
    assert.ok(Math.abs(a - b) < 1e-3 * Math.abs(b), `${a} is not ${b}`);
  near(distance(state, initial), 10 * norm);
  near(relativeUpdate, (10 * norm) / Math.hypot(...initial.images));
  near(0.05 - state.stepSize, 1e-4 * byAlpha);

  const half = {maxPixelGradient: norm / 2, maxStepSizeGradient: Math.abs(byAlpha) / 4};
  const limited = await after(1, initial, half);
  near(distance(limited.state, initial), 5 * norm);
  near(0.05 - limited.state.stepSize, (1e-4 * byAlpha) / 4);
  assert.equal(limited.seen[0]!.numbers.imageGradientNorm, norm);
  const free = {maxPixelGradient: 2 * norm, maxStepSizeGradient: 2 * Math.abs(byAlpha)};
  assert.deepEqual((await after(1, initial, free)).state, state);
});

test('momentum: the second update has half of the first in it', async () => {
  const still = {stepSizeRate: 0};
  const {state: first} = await after(1, initial, still);
  const {state: second} = await after(2, initial, still);
  const {state: alone} = await after(2, {...first, imageVelocity: initial.imageVelocity}, still);
  // Both updates follow the same gradient, since they start from the same images.
  const half = first.imageVelocity.map((v, i) => alone.images[i]! - 10 * 0.5 * v);
  const away = Math.hypot(...second.images.map((value, i) => value - half[i]!));
  assert.ok(away < 1e-4 * distance(second, first), `${away}`);
});

test('a step size that is learned as exp or softplus of a number moves by the chain rule', async () => {
  const slopes = {exp: 0.05, softplus: 1 - Math.exp(-0.05)};
  for (const form of ['exp', 'softplus'] as const) {
    const from = initialDistillation(synthetic.images, 0.05, form);
    const {state, seen} = await after(1, from, {stepSizeForm: form});
    const shift = -1e-4 * seen[0]!.numbers.stepSizeGradient! * slopes[form];
    assert.ok(Math.abs(state.rhoShift - shift) < 2e-6 * Math.abs(shift));
    assert.equal(state.rho, from.rho);
    const expected = stepSizeAt(form, from.rho + shift);
    assert.ok(Math.abs(state.stepSize - expected) < 1e-6 * expected);
  }
});

const stepSizeAt = (form: 'exp' | 'softplus', rho: number): number =>
  form === 'exp' ? Math.exp(rho) : Math.log1p(Math.exp(rho));

test('steps of α that float32 would round away add up', async () => {
  for (const stepSizeForm of ['raw', 'exp', 'softplus'] as const) {
    const from = initialDistillation(synthetic.images, 0.05, stepSizeForm);
    const given = {stepSizeForm, momentum: 0, pixelRate: 0};
    const {seen} = await after(1, from, given);
    // A hundredth of the distance between two neighbouring numbers.
    const stepSizeRate = 3e-11 / Math.abs(seen[0]!.numbers.stepSizeGradient!);
    const {state} = await after(4, from, {...given, stepSizeRate});
    assert.ok(state.rhoShift !== 0 && Math.abs(state.rhoShift) < 1e-9, `${state.rhoShift}`);
  }
});

test('the state of an iteration is the one that it left, although the engine is ahead of it', async () => {
  const engine = await startTestEngine();
  for await (const done of distilled(engine, {iterations: 6})) {
    if (done.iteration < 3) continue;
    assert.deepEqual(await done.state(), (await after(3)).state);
    break;
  }
});

/** The objective, which spoils the loss of an iteration, counted from 0, or fails in it. */
function spoiled(
  engine: Engine,
  at: number,
  how: 'loss' | 'fault',
): {readonly objective: Objective; readonly evaluated: number[]} {
  const inner = trajectoryObjective(engine, matching);
  const evaluated: number[] = [];
  const objective: Objective = {
    async evaluate(learned, address) {
      evaluated.push(address.iteration);
      if (address.iteration !== at) return inner.evaluate(learned, address);
      if (how === 'fault') throw new Error('no such expert');
      const evaluation = await inner.evaluate(learned, address);
      evaluation.loss.dispose();
      return {...evaluation, loss: engine.upload(Float32Array.of(Number.NaN), [])};
    },
    dispose: () => inner.dispose?.(),
  };
  return {objective, evaluated};
}

for (const [how, name, message] of [
  ['loss', 'DivergedError', /^The loss became NaN in iteration 3 \(trajectory/],
  ['fault', 'Error', /no such expert/],
] as const) {
  test(`an iteration that fails (${how}) is named after the iterations before it, whose states are sound`, async () => {
    const engine = await startTestEngine();
    const before = engine.memory().tensors;
    const {objective, evaluated} = spoiled(engine, 2, how);
    const states: DistillationState[] = [];
    await assert.rejects(
      async () => {
        for await (const done of distill(engine, {...loop, objective}, initial)) {
          states.push(await done.state());
        }
      },
      {name, message},
    );
    assert.deepEqual(
      states.map(({iteration}) => iteration),
      [1, 2],
    );
    assert.deepEqual(states[1], (await after(2)).state);
    // An engine that computes at once is never ahead.
    assert.deepEqual(evaluated, [0, 1, 2]);
    assert.equal(engine.memory().tensors, before);
  });
}

test('a rate that drives a raw step size below 0 leaves softplus of a number above', async () => {
  const from = initialDistillation(synthetic.images, 0.05, 'softplus');
  const {seen} = await after(1);
  const wild = {stepSizeRate: 0.1 / Math.abs(seen[0]!.numbers.stepSizeGradient!)};
  const {state} = await after(1, from, {...wild, stepSizeForm: 'softplus'});
  assert.ok(state.stepSize > 0);
});

test('rate 0 keeps the step size as it is, to the last bit', async () => {
  assert.equal((await after(3, initial, {stepSizeRate: 0})).state.stepSize, 0.05);
});

test('the gradient that is not finite is named, and with it where the iteration stood', async () => {
  const huge = {...initial, stepSize: 1e30, rho: 1e30};
  await assert.rejects(after(1, huge), {
    name: 'DivergedError',
    message:
      /^The (loss|gradient .*) became (NaN|Infinity) in iteration 1 \(trajectory \d from epoch [01] on, step size 1e\+30\)\. A smaller/,
  });
});

test('pixels that an update carries away are named', async () => {
  await assert.rejects(after(3, initial, {pixelRate: 1e38}), {
    name: 'DivergedError',
    message: /^The norm of the pixels became Infinity in iteration 1 /,
  });
});

test('nothing is left behind by a distillation that diverges', async () => {
  const engine = await startTestEngine();
  const before = engine.memory().tensors;
  const broken = {...initial, images: initial.images.map(() => Number.NaN)};
  await assert.rejects(async () => {
    for await (const _ of distilled(engine, {from: broken}));
  });
  assert.equal(engine.memory().tensors, before);
});

test('the first ten losses are the same to the last bit each time', async () => {
  assert.deepEqual((await after(10)).losses, (await after(10)).losses);
});
