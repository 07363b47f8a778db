import assert from 'node:assert/strict';
import {test} from 'node:test';
import {parseStrategy} from '../../../../src/learning/augmentation/strategy.ts';
import {disposeRows, drawnBatches} from '../../../../src/learning/batches/drawn-batches.ts';
import {softmaxRows} from '../../../../src/learning/data/targets.ts';
import {initialDistillation} from '../../../../src/learning/distillation/distillation-state.ts';
import {distill} from '../../../../src/learning/distillation/distillation.ts';
import {
  outputDistance,
  parameterDistance,
  type Distance,
} from '../../../../src/learning/distillation/trajectories/distance.ts';
import {createDividedStudent} from '../../../../src/learning/distillation/trajectories/divided-student.ts';
import {createMatching} from '../../../../src/learning/distillation/trajectories/matching.ts';
import type {GradientKind} from '../../../../src/learning/distillation/trajectories/student.ts';
import {trajectoryObjective} from '../../../../src/learning/distillation/trajectories/trajectory-objective.ts';
import {unrollSteps} from '../../../../src/learning/distillation/trajectories/unrolled-steps.ts';
import {chain, sequential} from '../../../../src/learning/models/layer.ts';
import {avgPool, conv, flatten, linear, relu} from '../../../../src/learning/models/layers.ts';
import {fitModel, initialTheta, type Model} from '../../../../src/learning/models/model.ts';
import {normalization, type Normalization} from '../../../../src/learning/models/normalization.ts';
import {Random} from '../../../../src/learning/random.ts';
import type {Engine} from '../../../../src/tensor/engine.ts';
import {readMatching, type MatchingNumbers} from '../../../support/engines/read-matching.ts';
import {onOneTwoAndFour, startSeveral} from '../../../support/engines/several-engines.ts';
import {startWasmEngine} from '../../../../src/tensor/engines/wasm/wasm-engine.ts';
import {asOneEngine} from '../../../../src/tensor/engines/replicas.ts';
import {
  countingEngine,
  countsBetween,
  type CountingEngine,
} from '../../../support/engines/counting-engine.ts';
import {startTestEngine} from '../../../support/engines/test-engine.ts';
import {tinyModel, tinyShape, tinySplit} from '../../../support/data/tiny-problem.ts';

const usualModel = tinyModel();
const usualCount = 11;

interface Asked {
  readonly kind?: GradientKind;
  readonly steps?: number;
  /** Images of a part at least. */
  readonly atLeast?: number;
  /** Images of a part at most. */
  readonly atMost?: number;
  readonly model?: Model;
  readonly canvas?: {readonly size: number; readonly samples: number};
  readonly strategy?: string;
  readonly distance?: (engine: Engine) => Distance;
  readonly count?: number;
  /** Whether labels are soft, and the gradient by them is asked for. */
  readonly soft?: boolean;
  /** Images of a step; they leave a remainder, which is a smaller batch. */
  readonly batch?: number;
}

/** Matches from images that are divided into parts, or not. */
async function match(engine: Engine, asked: Asked = {}): Promise<MatchingNumbers> {
  const {kind = 'exact', steps = 3, atLeast = 2, count = usualCount, batch = 9} = asked;
  const {canvas = {size: 1, samples: 1}, strategy = 'color_crop_cutout_flip_scale_rotate'} = asked;
  const {model = usualModel, atMost: partImages} = asked;
  const [start, target] = [1, 2].map((seed) => initialTheta(model, new Random(seed)));
  const source = drawnBatches(model);
  const unrolled = unrollSteps(engine, {
    model,
    labels: tinySplit(count).labels,
    steps,
    batch,
    remainder: 'first',
    canvas,
    strategy: parseStrategy(strategy, 'M'),
    partPixels: 64 * atLeast,
    partImages,
  });
  const side = 8 * canvas.size;
  const shape = [count, side, side, 3];
  const random = new Random(5);
  const pixels = Float32Array.from({length: count * side * side * 3}, () => random.normal());
  const {distance = parameterDistance} = asked;
  const student = createDividedStudent(engine, model, kind, source);
  const matching = createMatching(engine, student, {distance: distance(engine), images: shape});
  const [images, alpha] = [engine.upload(pixels, shape), engine.upload(Float32Array.of(0.1), [])];
  const logits = Float32Array.from({length: 2 * count}, () => random.normal());
  const targets = asked.soft ? engine.upload(softmaxRows(logits, 2), [count, 2]) : undefined;
  const batches = unrolled.draw(images, new Random(7), targets);
  const matched = await matching({start: start!, target: target!, alpha, batches, targets});
  const numbers = await readMatching(engine, matched);
  batches.forEach(disposeRows);
  for (const tensor of [images, alpha, targets]) tensor?.dispose();
  unrolled.dispose();
  return numbers;
}

const probe = tinySplit(6, 3);

function outputs(engine: Engine): Distance {
  return outputDistance(engine, usualModel, {probe, outputs: 'logits', normalisation: 'global'});
}

const cases: Readonly<Record<string, Asked>> = {
  exact: {},
  truncated: {kind: 'truncated'},
  'from outputs': {distance: outputs},
  'of canvases': {canvas: {size: 2, samples: 2}},
  'by soft labels': {soft: true},
  'by soft labels, truncated': {soft: true, kind: 'truncated'},
  'by soft labels of canvases': {soft: true, canvas: {size: 2, samples: 2}},
  'of parts of one image': {atLeast: 1, strategy: 'none'},
};

for (const [name, asked] of Object.entries(cases)) {
  test(`the gradient ${name} has the same bytes on one, two and four engines`, async () => {
    const [one, ...others] = await onOneTwoAndFour((engine) => match(engine, asked));
    for (const {engines, result} of others) {
      assert.deepEqual(result, one!.result, `${engines} engines`);
    }
    assert.ok(one!.result.gradient.some((value) => value !== 0));
  });

  test(`the gradient ${name} of a batch in parts is that of the whole batch`, async () => {
    const engine = await startTestEngine();
    const [whole, divided] = [
      await match(engine, {...asked, atLeast: 1000}),
      await match(engine, asked),
    ];
    // Sums that cancel: a student that does not move has loss 1. The gradient by α adds up larger products than its own.
    assertNear([divided.loss], [whole.loss], {size: 1});
    assertNear([divided.alphaGradient], [whole.alphaGradient], {size: 3});
    assertNear(divided.stepLosses, whole.stepLosses);
    assertNear(divided.gradient, whole.gradient);
    assert.equal(divided.targetGradient !== undefined, asked.soft === true);
    assertNear(divided.targetGradient ?? [], whole.targetGradient ?? []);
    assert.notDeepEqual(divided, whole, 'the parts are computed one by one');
  });
}

/** Two blocks with a normalisation. */
function normalised(norm: Normalization): Model {
  const layers = [1, 2].flatMap(() => [
    conv(8, 3, {pad: 1, bias: norm === 'instance' ? 'absorbed' : 'added'}),
    normalization(norm),
    relu,
    avgPool(2),
  ]);
  const network = chain([
    ['features', sequential(layers)],
    ['flatten', flatten],
    ['classifier', linear(2)],
  ]);
  return fitModel(norm, network, {input: tinyShape, classes: 2});
}

for (const norm of ['instance', 'group', 'layer', 'none'] as const) {
  test(`with normalisation ${norm}, the gradient in parts of at most three images is that of the whole batch`, async () => {
    const engine = startWasmEngine({fused: false, tile: 2}); // The form that rounds least.
    const asked = {model: normalised(norm), atLeast: 1000, batch: usualCount};
    const [whole, divided] = [
      await match(engine, asked),
      await match(engine, {...asked, atMost: 3}),
    ];
    assertNear([divided.loss], [whole.loss], {size: 1});
    assertNear([divided.alphaGradient], [whole.alphaGradient], {size: 1});
    assertNear(divided.gradient, whole.gradient);
    assert.notDeepEqual(divided, whole, 'the parts are computed one by one');
  });
}

/** Asserts ‖found − expected‖ ≤ 1e-6·‖expected‖, or of another size. */
function assertNear(
  found: ArrayLike<number>,
  expected: ArrayLike<number>,
  {size = Math.hypot(...Array.from(expected))} = {},
): void {
  assert.equal(found.length, expected.length);
  const off = Math.hypot(...Array.from(expected, (value, i) => value - found[i]!));
  assert.ok(off <= 1e-6 * size, `${off} off ${size}`);
}

test('engines that share a step wait once for its parts, and get each result of another engine once', async () => {
  const engines = startSeveral(2);
  const alone = await match(engines[0], {batch: usualCount});
  const [one, two] = engines.map(countingEngine) as [CountingEngine, CountingEngine];
  const together = asOneEngine([one.engine, two.engine]);
  const before = one.counts();
  assert.deepEqual(await match(together, {batch: usualCount}), alone);
  const [first, second] = [one, two].map(({counts}) => countsBetween(before, counts()));
  // Three steps, forward and back; the matching is read at the end, from the first engine.
  assert.deepEqual([first!.waits, second!.waits], [3 * 2 + 1, 3 * 2]);
  // Images, labels, α, rows, start, and two of the distance. The five parts of a step give one vector forward and two back.
  const exchanged = (parts: number): number => 7 + 3 * parts * (1 + 2);
  assert.deepEqual([first!.uploads, second!.uploads], [exchanged(2), exchanged(3)]);
});

test('a batch that stays whole gives the bytes of the same batch without a rule', async () => {
  const engine = await startTestEngine();
  const [usual, never] = [
    await match(engine, {atLeast: 2 ** 18 / 64}),
    await match(engine, {atLeast: Infinity}),
  ];
  assert.deepEqual(usual, never);
});

/** The most bytes that a matching takes. Checks that it leaves nothing. */
async function peakOf(asked: Asked): Promise<number> {
  const engine = await startTestEngine();
  const before = engine.memory();
  engine.resetPeak();
  await match(engine, {batch: usualCount, strategy: 'none', ...asked});
  assert.equal(engine.memory().tensors, before.tensors);
  assert.equal(engine.memory().bytes, before.bytes);
  return engine.memory().peakBytes - before.bytes;
}

/** Bytes of the activations of one image after the network's convolution. */
const activations = 4 * 8 * 8 * 8;

test('in parts, too, memory grows only by one θ and one loss per step', async () => {
  const [short, long] = [await peakOf({steps: 3}), await peakOf({steps: 23})];
  // Each step has rows of its own, twice: uploaded together, and cut. They are the batch's and those of its five parts.
  const rows = 6 * 4 * (8 + usualCount);
  const growth = 20 * (4 * (usualModel.parameterCount + 1) + 2 * rows);
  assert.ok(long - short <= growth, `${short} → ${long} bytes`);
});

test('a batch in parts takes the memory of a part, beside that of its pixels', async () => {
  const growth = async (atLeast: number): Promise<number> => {
    const [small, large] = [12, 48].map((count) => ({count, batch: count, atLeast}));
    return ((await peakOf(large!)) - (await peakOf(small!))) / 36;
  };
  const [divided, whole] = [await growth(4), await growth(1000)];
  // Of X, of ∂L/∂X before and after a step, of the pieces, and of their sum with what was before.
  const pixels = 4 * 8 * 8 * 3;
  assert.ok(divided < 6 * pixels, `${divided} bytes an image`);
  assert.ok(whole > 6 * pixels + activations, `${whole} bytes an image`);
});

test('a distillation of batches in parts ends at the same bytes on one, two and four engines', async () => {
  const synthetic = tinySplit(6);
  const distilled = await onOneTwoAndFour(async (engine) => {
    const objective = trajectoryObjective(engine, {
      model: usualModel,
      trajectories: {
        shards: [2],
        snapshot: async (trajectory, epoch) =>
          initialTheta(usualModel, new Random(trajectory, epoch)),
      },
      labels: synthetic.labels,
      steps: 3,
      expertEpochs: 1,
      maxStartEpoch: 2,
      batch: 5,
      partPixels: 64,
      sampling: {kind: 'with-replacement'},
      remainder: 'drop',
      canvas: {size: 1, samples: 1},
      gradient: 'exact',
      strategy: parseStrategy('color_crop_cutout_flip_scale_rotate'),
      seed: 3,
    });
    const setup = {
      objective,
      shape: [6, 8, 8, 3],
      iterations: 3,
      pixelRate: 10,
      stepSizeRate: 1e-4,
      stepSizeForm: 'raw',
      momentum: 0.5,
      seed: 3,
    } as const;
    const initial = initialDistillation(synthetic.images, 0.05, 'raw');
    const seen: object[] = [];
    for await (const done of distill(engine, setup, initial)) {
      seen.push({numbers: done.numbers, state: await done.state()});
    }
    assert.equal(engine.memory().tensors, 0);
    return seen;
  });
  for (const {result} of distilled) assert.deepEqual(result, distilled[0]!.result);
  assert.equal(distilled[0]!.result.length, 3);
});
