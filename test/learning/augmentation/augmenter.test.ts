import assert from 'node:assert/strict';
import {test} from 'node:test';
import {createAugmenter} from '../../../src/learning/augmentation/augmenter.ts';
import {
  augmentations,
  drawAugmentation,
  parseStrategy,
} from '../../../src/learning/augmentation/strategy.ts';
import {Random} from '../../../src/learning/random.ts';
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
    const augmenter = createAugmenter(engine, shape);
    const draws = drawAugmentation(parseStrategy(strategy, 'M'), {random, count: 3, shape});
    const before = engine.memory();
    const apply = async (data: Float32Array): Promise<Float32Array> => {
      const images = engine.upload(data, extents);
      const augmented = augmenter.apply(images, draws);
      const result = await engine.read(augmented);
      augmented.dispose();
      images.dispose();
      return result;
    };
    const [x, v] = [numbers('x'), numbers('v')];
    const [atX, atZero] = [await apply(x), await apply(new Float32Array(270))];
    const back = augmenter.transpose(engine.upload(v, extents), draws);
    const transposed = await engine.read(back);
    back.dispose();
    const left = dot(
      atX.map((value, i) => value - atZero[i]!),
      v,
    );
    assert.ok(Math.abs(left - dot(x, transposed)) < 1e-4 * Math.max(1, Math.abs(left)));
    assert.equal(engine.memory().tensors, before.tensors);
  });
}

test('without draws the images come back as they are', async () => {
  const engine = await startTestEngine();
  const images = engine.upload(numbers('x'), extents);
  assert.equal(createAugmenter(engine, shape).apply(images, []), images);
  images.dispose();
});
