import assert from 'node:assert/strict';
import {test} from 'node:test';
import {parseStrategy} from '../../../../src/learning/augmentation/strategy.ts';
import {noCanvas} from '../../../../src/learning/data/canvas.ts';
import {
  ClassBatches,
  type ClassBatchOptions,
} from '../../../../src/learning/distillation/class-batches.ts';
import {
  createDistributionMatching,
  distributionObjective,
} from '../../../../src/learning/distillation/distributions/distribution-objective.ts';
import {initialTheta} from '../../../../src/learning/models/model.ts';
import {Random} from '../../../../src/learning/random.ts';
import {tinyModel, tinySplit} from '../../../support/data/tiny-problem.ts';
import {descends, slopeRatio} from '../../../support/engines/objective-checks.ts';
import {startTestEngine} from '../../../support/engines/test-engine.ts';

const dsa = parseStrategy('color_crop_cutout_flip_scale_rotate');
const setup: ClassBatchOptions = {
  model: tinyModel(),
  labels: Int32Array.of(0, 0, 1, 1),
  canvas: noCanvas,
  real: tinySplit(30),
  realBatch: 12,
  strategy: parseStrategy('none'),
};
const {images} = tinySplit(4, 7);
const shape = [4, 8, 8, 3];

for (const [what, given] of Object.entries<Partial<ClassBatchOptions>>({
  'no augmentation': {},
  'all augmentations': {strategy: {...dsa, mode: 'M'}},
  'windows of canvases': {canvas: {size: 1, samples: 2}},
  'batch normalisation': {model: tinyModel('ConvNetBN'), strategy: dsa},
})) {
  test(`${what}: ∂L/∂X is that of central differences`, async () => {
    const engine = await startTestEngine();
    const objective = distributionObjective(engine, {...setup, ...given});
    const ratio = await slopeRatio(engine, objective, {images, shape, by: 0.02});
    assert.ok(Math.abs(ratio - 1) < 2e-3, `${ratio}`);
    objective.dispose?.();
  });
}

test('classes one after the other give the bits that each gives alone, and what all give at once', async () => {
  const engine = await startTestEngine();
  const {model, labels} = setup;
  const batches = new ClassBatches(engine, setup);
  const match = createDistributionMatching(engine, model, shape);
  const drawn = initialTheta(model, new Random(2));
  const theta = engine.upload(drawn, [drawn.length]);
  const set = {
    images: engine.upload(images, shape),
    labels: engine.upload(Float32Array.from(labels), [4, 1]),
  };
  const matched = async (
    ...groups: readonly (readonly number[])[]
  ): Promise<{readonly loss: number; readonly gradient: Float32Array}> => {
    const pairs = groups.map((group) => batches.draw(set, group, new Random(3)));
    const {loss, images: byImages} = await match(theta, pairs);
    return {loss: (await engine.read(loss))[0]!, gradient: await engine.read(byImages)};
  };
  const [both, first, second] = [await matched([0], [1]), await matched([0]), await matched([1])];
  const half = images.length / 2;
  assert.deepEqual(both.gradient.subarray(0, half), first.gradient.subarray(0, half));
  assert.deepEqual(both.gradient.subarray(half), second.gradient.subarray(half));
  assert.ok(first.gradient.subarray(half).every((value) => value === 0));
  const joint = await matched([0, 1]);
  assert.ok(Math.abs(joint.loss - both.loss) < 1e-5 * joint.loss);
  const scale = Math.max(...joint.gradient.map(Math.abs));
  const away = Math.max(...joint.gradient.map((value, i) => Math.abs(value - both.gradient[i]!)));
  assert.ok(away < 1e-5 * scale, `${away / scale}`);
});

test('the loop lowers the distance of means, and continues from a state to the same bits', async () => {
  await descends((engine) => distributionObjective(engine, setup), {
    images,
    shape,
    pixelRate: 1,
    iterations: 40,
    stop: 7,
  });
});
