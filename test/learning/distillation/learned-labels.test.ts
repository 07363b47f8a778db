import assert from 'node:assert/strict';
import {test} from 'node:test';
import {parseStrategy} from '../../../src/learning/augmentation/strategy.ts';
import {noCanvas} from '../../../src/learning/data/canvas.ts';
import {softmaxRows} from '../../../src/learning/data/targets.ts';
import {
  distill,
  type DistillationIteration,
  type DistillationSetup,
} from '../../../src/learning/distillation/distillation.ts';
import {
  initialDistillation,
  initialLabels,
  type DistillationState,
} from '../../../src/learning/distillation/distillation-state.ts';
import {
  trajectoryObjective,
  type TrajectorySetup,
} from '../../../src/learning/distillation/trajectories/trajectory-objective.ts';
import {initialTheta} from '../../../src/learning/models/model.ts';
import {Random} from '../../../src/learning/random.ts';
import {oneHot} from '../../../src/learning/training/loss.ts';
import type {Engine} from '../../../src/tensor/engine.ts';
import {countingEngine, countsBetween} from '../../support/engines/counting-engine.ts';
import {startTestEngine} from '../../support/engines/test-engine.ts';
import {tinyModel, tinySplit} from '../../support/data/tiny-problem.ts';

const model = tinyModel();
const {images, labels, count} = tinySplit(6);
const matching: TrajectorySetup = {
  model,
  trajectories: {
    shards: [2],
    snapshot: async (trajectory, epoch) => initialTheta(model, new Random(trajectory, epoch)),
  },
  labels,
  steps: 3,
  expertEpochs: 1,
  maxStartEpoch: 2,
  batch: 4,
  remainder: 'first',
  sampling: {kind: 'with-replacement'},
  canvas: noCanvas,
  gradient: 'exact',
  strategy: parseStrategy('color_crop_cutout_flip_scale_rotate'),
  seed: 3,
};
const loop: Omit<DistillationSetup, 'objective'> = {
  shape: [count, 8, 8, 3],
  iterations: 4,
  pixelRate: 10,
  stepSizeRate: 1e-4,
  stepSizeForm: 'raw',
  momentum: 0.5,
  labels: {rate: 2, momentum: 0.9},
  seed: 3,
};
const random = new Random(5, 'logits');
const logits = Float32Array.from({length: 2 * count}, () => random.normal());
const hard = initialDistillation(images, 0.05, 'raw');
const soft = {...hard, ...initialLabels(logits)};

interface Given {
  readonly matched?: Partial<TrajectorySetup>;
  readonly loop?: Partial<typeof loop>;
}

function distilled(
  engine: Engine,
  from: DistillationState,
  given: Given = {},
): AsyncGenerator<DistillationIteration> {
  const objective = trajectoryObjective(engine, {...matching, ...given.matched});
  return distill(engine, {...loop, ...given.loop, objective}, from);
}

async function after(
  iterations: number,
  from: DistillationState,
  {matched = {}, ...given}: Given = {},
): Promise<{
  readonly state: DistillationState;
  readonly numbers: readonly DistillationIteration['numbers'][];
}> {
  const numbers: DistillationIteration['numbers'][] = [];
  let state = from;
  const all = {matched, loop: {...given.loop, iterations}};
  for await (const done of distilled(await startTestEngine(), from, all)) {
    numbers.push(done.numbers);
    state = await done.state();
  }
  return {state, numbers};
}

const kinds: Readonly<Record<string, Partial<TrajectorySetup>>> = {
  exact: {},
  truncated: {gradient: 'truncated'},
  'in parts': {partPixels: 64},
  'on canvases': {canvas: {size: 1, samples: 2}},
};

for (const [name, matched] of Object.entries(kinds)) {
  test(`one-hot rows give the run of hard labels, bit for bit (${name})`, async () => {
    const targets = oneHot(labels, 2);
    const expected = await after(4, hard, {matched});
    assert.deepEqual(await after(4, hard, {matched: {...matched, targets}}), expected);
    const other = softmaxRows(logits, 2);
    const found = await after(4, hard, {matched: {...matched, targets: other}});
    assert.notDeepEqual(found.state.images, expected.state.images);
  });

  test(`logits so far apart that their softmax is one-hot give that run, and stay (${name})`, async () => {
    const apart = oneHot(labels, 2).map((value) => 200 * value);
    const from = {...hard, ...initialLabels(apart)};
    const {labels: learned, labelVelocity, ...state} = (await after(4, from, {matched})).state;
    assert.deepEqual(state, (await after(4, hard, {matched})).state);
    assert.deepEqual(learned, apart);
    assert.ok(labelVelocity!.every((value) => value === 0));
  });

  test(`learned labels of six iterations are those of three and three more (${name})`, async () => {
    const straight = await after(6, soft, {matched});
    const resumed = await after(6, (await after(3, soft, {matched})).state, {matched});
    assert.deepEqual(resumed.state, straight.state);
    assert.notDeepEqual(straight.state.labels, logits);
  });
}

test('labels that are learned at rate 0 give the run of the rows that they stand for', async () => {
  const still = {loop: {labels: {rate: 0, momentum: 0.9}}};
  const {state} = await after(1, soft, still);
  assert.deepEqual(state.labels, logits);
  const fixed = await after(1, hard, {matched: {targets: softmaxRows(logits, 2)}});
  // The engine's softmax may differ from the host's in the last bit.
  assertNear(state.images, fixed.state.images, 1e-6);
});

test('the first update of labels is η_y times the gradient, and the second has the momentum of labels in it', async () => {
  const {state: first, numbers} = await after(1, soft);
  const moved = first.labels!.map((value, i) => value - logits[i]!);
  const norm = numbers[0]!.labelGradientNorm!;
  assert.ok(Math.abs(Math.hypot(...moved) / (2 * norm) - 1) < 1e-4);
  assertNear(
    moved,
    first.labelVelocity!.map((value) => -2 * value),
    1e-4,
  );
  const {state: second} = await after(2, first);
  const {state: alone} = await after(2, {...first, labelVelocity: new Float32Array(2 * count)});
  const kept = second.labelVelocity!.map((value, i) => value - alone.labelVelocity![i]!);
  assertNear(
    kept,
    first.labelVelocity!.map((value) => 0.9 * value),
    1e-4,
  );
});

test('the gradients of an image move its logits in opposite directions', async () => {
  const {labelVelocity} = (await after(1, soft)).state;
  for (let image = 0; image < count; image++) {
    const [one, other] = [labelVelocity![2 * image]!, labelVelocity![2 * image + 1]!];
    assert.ok(Math.abs(one + other) < 1e-5 * Math.abs(one), `${one} and ${other}`);
  }
});

test('learned labels cost two runs an iteration, no upload and no wait', async () => {
  const [plain, learned] = [await countIteration(hard), await countIteration(soft)];
  assert.deepEqual(learned, {...plain, runs: plain.runs + 2});
});

async function countIteration(from: DistillationState): Promise<ReturnType<typeof countsBetween>> {
  const {engine, counts} = countingEngine(await startTestEngine());
  const iterations = distilled(engine, from);
  await iterations.next();
  const before = counts();
  await iterations.next();
  const between = countsBetween(before, counts());
  await iterations.return(undefined);
  return between;
}

test('labels that an update carries away are named, and leave nothing behind', async () => {
  const engine = await startTestEngine();
  const before = engine.memory().tensors;
  await assert.rejects(after(3, soft, {loop: {labels: {rate: 1e38, momentum: 0}}}), {
    name: 'DivergedError',
    message: /^The norm of the labels' logits became Infinity in iteration 1 .*smaller labelRate/,
  });
  assert.equal(engine.memory().tensors, before);
  for await (const {iteration} of distilled(engine, soft)) if (iteration === 2) break;
  assert.equal(engine.memory().tensors, before);
});

/** Asserts ‖found − expected‖ ≤ tolerance·‖expected‖. */
function assertNear(found: Float32Array, expected: Float32Array, tolerance: number): void {
  const off = Math.hypot(...expected.map((value, i) => value - found[i]!));
  assert.ok(off <= tolerance * Math.hypot(...expected), `${off} off`);
}
