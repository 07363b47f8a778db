import assert from 'node:assert/strict';
import {test} from 'node:test';
import {parseStrategy} from '../../../../src/learning/augmentation/strategy.ts';
import {noCanvas} from '../../../../src/learning/data/canvas.ts';
import {initialDistillation} from '../../../../src/learning/distillation/distillation-state.ts';
import {distill} from '../../../../src/learning/distillation/distillation.ts';
import {
  leastBytes,
  partImagesWithin,
  type StudentSize,
} from '../../../../src/learning/distillation/trajectories/student-memory.ts';
import {trajectoryObjective} from '../../../../src/learning/distillation/trajectories/trajectory-objective.ts';
import {createModel} from '../../../../src/learning/models/catalog.ts';
import {initialTheta} from '../../../../src/learning/models/model.ts';
import {Random} from '../../../../src/learning/random.ts';
import {startWasmEngine} from '../../../../src/tensor/engines/wasm/wasm-engine.ts';

const [steps, count] = [3, 24];

/** The size of a student of all 24 images a step. */
function sizeOf(name: string, side: number, channels: number): StudentSize {
  const input = {height: side, width: side, channels};
  const model = createModel(name, {input, classes: 2});
  return {model, steps, images: [count, side, side, channels], seen: count};
}

/** The most memory that an iteration takes with parts of at most so many images. */
async function peakOf({model, images: shape}: StudentSize, partImages: number): Promise<number> {
  const engine = startWasmEngine({threads: 2});
  const points = [1, 2].map((seed) => initialTheta(model, new Random(seed)));
  const objective = trajectoryObjective(engine, {
    model,
    trajectories: {shards: [1], snapshot: async (_, epoch) => points[epoch]!},
    labels: Int32Array.from({length: count}, (_, i) => i % 2),
    steps,
    expertEpochs: 1,
    maxStartEpoch: 1,
    batch: count,
    partImages,
    sampling: {kind: 'with-replacement'},
    remainder: 'drop',
    canvas: noCanvas,
    gradient: 'exact',
    strategy: parseStrategy('color_crop_cutout_flip_scale_rotate', 'M'),
    seed: 3,
  });
  const setup = {
    objective,
    shape,
    iterations: 2,
    pixelRate: 1,
    stepSizeRate: 1e-6,
    stepSizeForm: 'raw',
    momentum: 0.5,
    seed: 3,
  } as const;
  const random = new Random(4);
  const pixels = shape.reduce((product, extent) => product * extent);
  const images = Float32Array.from({length: pixels}, () => random.normal());
  for await (const {numbers} of distill(engine, setup, initialDistillation(images, 0.01, 'raw'))) {
    assert.ok(Number.isFinite(numbers['loss']));
  }
  return engine.memory().peakBytes;
}

for (const [name, side, channels] of [
  ['ConvNetD3W16', 32, 3],
  ['ConvNetGN', 16, 1],
  ['ConvNetLN', 16, 3],
  ['LeNet', 28, 1],
  ['MLP', 16, 3],
] as const) {
  test(`an iteration of ${name} takes at most the memory that its parts were chosen for`, async () => {
    const size = sizeOf(name, side, channels);
    const one = leastBytes(size);
    assert.equal(partImagesWithin(one, size), 1);
    assert.equal(partImagesWithin(one - 1, size), 0);
    for (const bytes of [one, 1.3 * one]) {
      const peak = await peakOf(size, partImagesWithin(bytes, size));
      assert.ok(peak <= bytes, `${peak} of ${bytes}`);
    }
  });
}

test('fewer images a part take less memory', async () => {
  const size = sizeOf('ConvNetD3W16', 32, 3);
  const [few, all] = [await peakOf(size, 2), await peakOf(size, count)];
  assert.ok(few < all / 2, `${few} and ${all}`);
});
