import assert from 'node:assert/strict';
import {test} from 'node:test';
import {
  augmentations,
  drawAugmentation,
  parseStrategy,
} from '../../../src/learning/augmentation/strategy.ts';
import {Random} from '../../../src/learning/random.ts';
import {augmented} from '../../support/engines/augmented.ts';
import {startTestEngine} from '../../support/engines/test-engine.ts';

const shape = {height: 6, width: 5, channels: 3};
const extents = [3, 6, 5, 3];
const random = new Random(1, 'augmenter');
const numbers = (name: string): Float32Array => {
  const stream = random.at(name);
  return Float32Array.from({length: 270}, () => stream.normal());
};
const dot = (a: Float32Array, b: Float32Array): number =>
  a.reduce((sum, value, i) => sum + value * b[i]!, 0);

for (const strategy of [...augmentations, 'color_crop_cutout_flip_scale_rotate']) {
  test(`${strategy}: ⟨A(x) − A(0), v⟩ = ⟨x, Aᵀ(v)⟩, and nothing leaks`, async () => {
    const engine = await startTestEngine();
    const draws = drawAugmentation(parseStrategy(strategy, 'M'), {random, count: 3, shape});
    const before = engine.memory();
    const [x, cotangent] = [numbers('x'), numbers('v')];
    const of = {shape: extents, draws, cotangent};
    const {result: atX, transposed} = await augmented(engine, {...of, images: x});
    const {result: atZero} = await augmented(engine, {...of, images: new Float32Array(270)});
    const left = dot(
      atX.map((value, i) => value - atZero[i]!),
      cotangent,
    );
    assert.ok(Math.abs(left - dot(x, transposed)) < 1e-4 * Math.max(1, Math.abs(left)));
    assert.equal(engine.memory().tensors, before.tensors);
  });
}

test('without draws the images come back as they are', async () => {
  const images = numbers('x');
  const of = {shape: extents, draws: [], images, cotangent: images};
  const {result} = await augmented(await startTestEngine(), of);
  assert.deepEqual(result, images);
});

test('a cut-out box is zero from its first to its last row and column, and nothing else is', async () => {
  const images = new Float32Array(270).fill(1);
  const draws = [
    {kind: 'box', numbers: Float32Array.of(1, 3, 0, 2, 0, 0, 4, 4, 5, 5, 0, 4)},
  ] as const;
  const of = {shape: extents, draws, images, cotangent: images};
  const {result} = await augmented(await startTestEngine(), of);
  const boxes = [
    [1, 3, 0, 2],
    [0, 0, 4, 4],
    [5, 5, 0, 4],
  ] as const;
  result.forEach((value, i) => {
    const [top, bottom, left, right] = boxes[Math.floor(i / 90)]!;
    const [y, x] = [Math.floor((i % 90) / 15), Math.floor((i % 15) / 3)];
    assert.equal(value, y >= top && y <= bottom && x >= left && x <= right ? 0 : 1);
  });
});
