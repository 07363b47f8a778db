import assert from 'node:assert/strict';
import {test} from 'node:test';
import {usualPartPixels} from '../../../src/base/part-count.ts';
import {partSizes} from '../../../src/learning/batches/parts.ts';
import {createModel} from '../../../src/learning/models/catalog.ts';

function networkOf(side: number, name = 'ConvNet'): Parameters<typeof partSizes>[1] {
  return createModel(name, {input: {height: side, width: side, channels: 3}, classes: 10});
}

test('a batch is divided into as many parts as have 2¹⁸ pixels', () => {
  for (const [count, side, parts] of [
    [256, 32, 1],
    [511, 32, 1],
    [512, 32, 2],
    [256, 64, 4],
    [100, 128, 6],
    [3, 1024, 3],
  ] as const) {
    const sizes = partSizes(count, networkOf(side));
    assert.equal(sizes.length, parts, `${count} images of ${side}×${side}`);
  }
});

test('parts have all images, and differ by one at most', () => {
  for (let count = 1; count <= 40; count++) {
    for (const partPixels of [64, 3 * 64, usualPartPixels]) {
      const sizes = partSizes(count, networkOf(8), {partPixels});
      assert.equal(
        sizes.reduce((a, b) => a + b),
        count,
      );
      assert.ok(Math.max(...sizes) - Math.min(...sizes) <= 1);
      assert.ok(sizes.length === 1 || Math.min(...sizes) * 64 >= partPixels);
    }
  }
});

test('parts have at most as many images as are allowed, and at least as many parts as usual', () => {
  assert.deepEqual(partSizes(10, networkOf(8), {partImages: 4}), [4, 3, 3]);
  assert.deepEqual(partSizes(10, networkOf(8), {partImages: 10}), [10]);
  assert.equal(partSizes(1000, networkOf(32), {partImages: 1000}).length, 3);
  assert.equal(partSizes(1000, networkOf(32), {partImages: 90}).length, 12);
});

test('a network with batch normalisation sees whole batches', () => {
  assert.deepEqual(partSizes(4096, networkOf(32, 'ConvNetBN')), [4096]);
  assert.equal(partSizes(4096, networkOf(32, 'ConvNet')).length, 16);
});
