import assert from 'node:assert/strict';
import {test} from 'node:test';
import {parseStrategy} from '../../../../src/learning/augmentation/strategy.ts';
import {decoderText} from '../../../../src/base/decoder-form.ts';
import {noCanvas} from '../../../../src/learning/data/canvas.ts';
import {initialDistillation} from '../../../../src/learning/distillation/distillation-state.ts';
import {decodingObjective} from '../../../../src/learning/distillation/decoding-objective.ts';
import type {Decoder} from '../../../../src/learning/decoders/decoder.ts';
import type {Decoding} from '../../../../src/learning/decoders/decoding.ts';
import {decodingOf} from '../../../../src/learning/decoders/decoding-of.ts';
import {distill} from '../../../../src/learning/distillation/distillation.ts';
import {
  outputDistance,
  type Distance,
} from '../../../../src/learning/distillation/trajectories/distance.ts';
import {
  leastBytes,
  partImagesWithin,
  type StudentSize,
} from '../../../../src/learning/distillation/trajectories/student-memory.ts';
import {trajectoryObjective} from '../../../../src/learning/distillation/trajectories/trajectory-objective.ts';
import {createModel} from '../../../../src/learning/models/catalog.ts';
import {initialTheta, type Model} from '../../../../src/learning/models/model.ts';
import {Random} from '../../../../src/learning/random.ts';
import type {Engine} from '../../../../src/tensor/engine.ts';
import {startWasmEngine} from '../../../../src/tensor/engines/wasm/wasm-engine.ts';
import {sizeOf as numbersOf} from '../../../../src/tensor/shape.ts';

const [steps, count] = [3, 24];

/** The size of a student of all 24 images a step. */
function sizeOf(name: string, side: number, channels: number): StudentSize {
  const input = {height: side, width: side, channels};
  const model = createModel(name, {input, classes: 2});
  return {model, steps, images: [count, side, side, channels], seen: count};
}

/** What a student is compared by, and what its images come from; defaults to parameters, and images that are stored. */
interface Made {
  readonly distance?: (engine: Engine, model: Model) => Distance;
  readonly decoding?: Decoding;
}

/** The most memory that an iteration takes with parts of at most so many images. */
async function peakOf(
  {model, images: decoded, seen: batch}: StudentSize,
  partImages: number,
  {distance, decoding}: Made = {},
): Promise<number> {
  const engine = startWasmEngine({threads: 2});
  const shape = decoding?.storedShape ?? decoded;
  const points = [1, 2].map((seed) => initialTheta(model, new Random(seed)));
  const ofImages = trajectoryObjective(engine, {
    model,
    trajectories: {shards: [1], snapshot: async (_, epoch) => points[epoch]!},
    labels: Int32Array.from({length: decoded[0]!}, (_, i) => i % 2),
    steps,
    expertEpochs: 1,
    maxStartEpoch: 1,
    batch,
    partImages,
    sampling: {kind: 'with-replacement'},
    remainder: 'drop',
    canvas: noCanvas,
    gradient: 'exact',
    strategy: parseStrategy('color_crop_cutout_flip_scale_rotate', 'M'),
    seed: 3,
    distance: distance?.(engine, model),
  });
  const setup = {
    objective: decoding ? decodingObjective(engine, ofImages, decoding) : ofImages,
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
  const start = {...initialDistillation(images, 0.01, 'raw'), ...(decoding && {average: images})};
  const averaging = {...setup, average: 0.9};
  for await (const {numbers} of distill(engine, averaging, start)) {
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

test('the images of a probe count as a part that is not divided', async () => {
  const size = {...sizeOf('ConvNetD3W16', 32, 3), probe: 100};
  const least = leastBytes(size);
  assert.equal(partImagesWithin(least - 1, size), 0);
  assert.equal(partImagesWithin(least, size), 100);
  const distance = (engine: Engine, model: Model): Distance => {
    const images = Float32Array.from({length: 100 * 32 * 32 * 3}, (_, i) => (i % 251) / 251);
    const probe = {images, labels: new Int32Array(100), count: 100};
    return outputDistance(engine, model, {probe, outputs: 'logits', normalisation: 'global'});
  };
  const peak = await peakOf(size, 1, {distance});
  assert.ok(peak <= least, `${peak} of ${least}`);
  assert.ok(peak > leastBytes({...size, probe: undefined}), 'the probe decides');
});

const padding = new Float32Array(3);
const masks = Int32Array.from({length: 128}, (_, i) => i % 64);
/** Decoders, the number of what is stored of 240 images, and whether an iteration needs the room that is counted for it. */
const decoders: readonly (readonly [Decoder, number, boolean])[] = [
  [{kind: 'idc', factor: 2, multiScale: false, padding}, 60, false],
  [{kind: 'idc', factor: 1, multiScale: false, padding}, 240, true],
  [{kind: 'fred', coefficients: 64, masks}, 240, false],
];

for (const [decoder, stored, isNeeded] of decoders) {
  test(`what ${decoderText(decoder)} stores, and its work, count`, async () => {
    const images = {height: 32, width: 32, channels: 3};
    const decoding = decodingOf(decoder, {shape: images, count: stored});
    const {storedShape, decodedShape} = decoding;
    const of = {...sizeOf('ConvNetD1W8', 32, 3), images: decodedShape, seen: 2};
    const size = {...of, stored: numbersOf(storedShape)};
    const least = leastBytes(size);
    const peak = await peakOf(size, partImagesWithin(least, size), {decoding});
    assert.ok(peak <= least, `${peak} of ${least}`);
    assert.equal(least - leastBytes(of), 4 * 4 * size.stored);
    assert.equal(peak > leastBytes(of), isNeeded);
  });
}
