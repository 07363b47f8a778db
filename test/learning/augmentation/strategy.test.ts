import assert from 'node:assert/strict';
import {test} from 'node:test';
import {
  cutout,
  drawAugmentation,
  drawnNumbers,
  mostNumbers,
  parseStrategy,
  rotate,
  scale,
} from '../../../src/learning/augmentation/strategy.ts';
import {Random} from '../../../src/learning/random.ts';

const shape = {height: 32, width: 32, channels: 3};

test('none draws nothing, S draws one operation for the batch, M all of them in order', () => {
  const draw = (text: string, mode: 'S' | 'M'): readonly string[] =>
    drawAugmentation(parseStrategy(text, mode), {random: new Random(1), count: 4, shape}).map(
      ({kind}) => kind,
    );
  assert.deepEqual(draw('none', 'S'), []);
  assert.equal(draw('color_crop_cutout_flip_scale_rotate', 'S').length, 1);
  assert.deepEqual(draw('color_crop_cutout', 'M'), ['color', 'warp', 'box']);
});

for (const name of ['color', 'crop', 'cutout', 'flip', 'scale', 'rotate']) {
  test(`siamese draws of ${name} are the same for every image, others are not`, () => {
    const draw = (siamese: boolean): readonly Float32Array[] => {
      const strategy = parseStrategy(name, 'S', siamese);
      const [drawn] = drawAugmentation(strategy, {random: new Random(4), count: 8, shape});
      const size = drawn!.numbers.length / 8;
      return Array.from({length: 8}, (_, i) => drawn!.numbers.subarray(i * size, (i + 1) * size));
    };
    const shared = draw(true);
    for (const numbers of shared) assert.deepEqual(numbers, shared[0]);
    const kinds = new Set(draw(false).map((numbers) => numbers.join()));
    assert.ok(kinds.size > 1);
  });
}

test('siamese draws of two batches are the same at the same address', () => {
  const strategy = parseStrategy('color_crop_cutout_flip_scale_rotate', 'S', true);
  for (let i = 0; i < 20; i++) {
    const [few] = drawAugmentation(strategy, {random: new Random(6, i), count: 2, shape});
    const [many] = drawAugmentation(strategy, {random: new Random(6, i), count: 5, shape});
    assert.equal(few!.kind, many!.kind);
    const size = few!.numbers.length / 2;
    assert.deepEqual(few!.numbers.subarray(0, size), many!.numbers.subarray(4 * size));
  }
});

test('an unknown operation is named, with those that exist', () => {
  assert.throws(() => parseStrategy('color_blur'), /called blur; known: color, crop/);
});

test('every operation of a strategy comes up about equally often', () => {
  const strategy = parseStrategy('color_crop_cutout');
  const seen = {color: 0, warp: 0, box: 0};
  for (let i = 0; i < 600; i++) {
    const [draw] = drawAugmentation(strategy, {random: new Random(2, i), count: 1, shape});
    seen[draw!.kind]++;
  }
  for (const count of Object.values(seen)) assert.ok(count > 150 && count < 250, String(count));
});

test('a crop moves by whole pixels, at most an eighth of the image, and reaches both ends', () => {
  const shifts = new Set<number>();
  for (let i = 0; i < 400; i++) {
    const [draw] = drawAugmentation(parseStrategy('crop'), {
      random: new Random(3, i),
      count: 1,
      shape,
    });
    const [a, b, row, c, d, column] = draw!.numbers;
    assert.deepEqual([a, b, c, d], [1, 0, 0, 1]);
    shifts.add(row!).add(column!);
  }
  assert.deepEqual(
    [...shifts].sort((x, y) => x - y),
    [-4, -3, -2, -1, 0, 1, 2, 3, 4],
  );
});

test('a cut-out box covers a quarter of the image, and less at its border', () => {
  const zeros = (centre: readonly number[]): number => {
    const [top, bottom, left, right] = cutout([centre], shape).numbers;
    return (bottom! - top! + 1) * (right! - left! + 1);
  };
  assert.equal(zeros([16, 16]), 256);
  assert.equal(zeros([0, 16]), 128);
  assert.equal(zeros([32, 32]), 64);
});

test('a rotation by nothing and a scaling by one leave every pixel where it is', () => {
  const still = (numbers: Float32Array): void => {
    [1, 0, 0, 0, 1, 0].forEach((expected, i) => assert.ok(Math.abs(numbers[i]! - expected) < 1e-6));
  };
  still(rotate([0.5], shape).numbers);
  const one = (1 - 1 / 1.2) / (1.2 - 1 / 1.2);
  still(scale([[one, one]], shape).numbers);
});

test('images of a single row or column are scaled and rotated along the other', () => {
  for (const [height, width] of [
    [1, 8],
    [8, 1],
    [1, 1],
  ] as const) {
    const draws = [scale([[0.25, 0.75]], {height, width}), rotate([0.9], {height, width})];
    for (const {numbers} of draws) {
      assert.ok(numbers.every(Number.isFinite), `${height}×${width}: ${numbers.join()}`);
    }
  }
  const [wide] = [scale([[0.25, 0.75]], {height: 1, width: 8})];
  const [square] = [scale([[0.25, 0.75]], {height: 8, width: 8})];
  assert.deepEqual(wide.numbers.slice(4), square.numbers.slice(4));
});

test('no strategy draws more numbers for an image than it says', () => {
  for (const text of ['none', 'cutout', 'color_flip', 'color_crop_cutout_flip_scale_rotate']) {
    for (const mode of ['S', 'M'] as const) {
      const strategy = parseStrategy(text, mode);
      const drawn = Array.from({length: 20}, (_, i) =>
        drawAugmentation(strategy, {random: new Random(7, i), count: 2, shape})
          .map(({kind, numbers}) => {
            assert.equal(numbers.length, 2 * drawnNumbers[kind]);
            return numbers.length / 2;
          })
          .reduce((a, b) => a + b, 0),
      );
      assert.equal(Math.max(...drawn), mostNumbers(strategy));
    }
  }
});
