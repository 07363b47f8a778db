import assert from 'node:assert/strict';
import {test} from 'node:test';
import {
  productThreads,
  sharedOf,
  tilingOf,
  type ProductSizes,
} from '../../../../../src/tensor/compile/gpu/products/tiles.ts';

const sharedBytes = 16_384;

const sizes: readonly ProductSizes[] = [
  {batch: 16, m: 640, n: 128, depths: [128]},
  {batch: 16, m: 128, n: 128, depths: [640, 640]},
  {batch: 36, m: 40, n: 128, depths: [128]},
  {batch: 1, m: 27, n: 128, depths: [10_240]},
  {batch: 1, m: 10_240, n: 3, depths: [1152]},
  {batch: 1, m: 10, n: 10, depths: [2048]},
  {batch: 1, m: 3, n: 5000, depths: [7, 900]},
];

for (const given of sizes) {
  const {batch, m, n, depths} = given;
  test(`tiles of ${batch}×${m}×${n}×${depths.join('+')} cover it`, () => {
    for (const canSplit of [false, true]) {
      const {tile, tilesDown, tilesAcross, steps, parts, stepsOfPart} = tilingOf(given, {
        sharedBytes,
        canSplit,
      });
      assert.ok(tilesDown * tile.m >= m && tilesAcross * tile.n >= n);
      depths.forEach((depth, pair) => assert.ok(steps[pair]! * tile.depth >= depth));
      const total = steps.reduce((sum, count) => sum + count, 0);
      assert.ok(parts * stepsOfPart >= total, 'the parts take all steps');
      assert.ok((parts - 1) * stepsOfPart < total, 'no part is empty');
      if (!canSplit) assert.equal(parts, 1);
      assert.ok(sharedOf(tile).size * 16 <= sharedBytes);
      const threads = (tile.m / 4 / tile.rows) * (tile.n / 4 / tile.columns);
      assert.equal(threads, productThreads);
    }
  });
}

test('a product that keeps a card busy has large tiles, and others have smaller ones or parts', () => {
  const limits = {sharedBytes, canSplit: true};
  const large = tilingOf(sizes[0]!, limits);
  assert.equal(large.tile.rows * large.tile.columns * 16, 32);
  assert.equal(large.parts, 1);
  assert.equal(tilingOf(sizes[2]!, limits).tile.m, 32);
  assert.ok(tilingOf(sizes[3]!, limits).parts > 1);
  assert.equal(tilingOf(sizes[4]!, limits).tile.n, 8);
});

test('where no tile fits into the memory of a workgroup, that is an error', () => {
  const limits = {sharedBytes: 64, canSplit: true};
  assert.throws(() => tilingOf(sizes[0]!, limits), /No tile .* 64 bytes/);
});
