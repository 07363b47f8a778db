import assert from 'node:assert/strict';
import {test} from 'node:test';
import {Random} from '../../../../src/learning/random.ts';
import {drawChunks} from '../../../../src/learning/distillation/trajectories/unrolled-steps.ts';

const random = (): Random => new Random(5, 'test');

test('over as many steps as an order has, every image is seen exactly once', () => {
  for (const remainder of ['drop', 'first'] as const) {
    const chunks = drawChunks({count: 12, batch: 4, steps: 6, remainder}, random());
    for (const pass of [chunks.slice(0, 3), chunks.slice(3)]) {
      assert.deepEqual(
        pass.flatMap((chunk) => [...chunk]).sort((a, b) => a - b),
        Array.from({length: 12}, (_, i) => i),
      );
    }
    assert.notDeepEqual(chunks.slice(0, 3), chunks.slice(3));
  }
});

test('the remaining images are the first step of each order, or are dropped', () => {
  const of = {count: 10, batch: 4, steps: 7};
  const lengths = (chunks: readonly Int32Array[]): number[] => chunks.map(({length}) => length);
  const first = drawChunks({...of, remainder: 'first'}, random());
  assert.deepEqual(lengths(first), [2, 4, 4, 2, 4, 4, 2]);
  assert.equal(new Set(first.slice(0, 3).flatMap((chunk) => [...chunk])).size, 10);
  const dropped = drawChunks({...of, remainder: 'drop'}, random());
  assert.deepEqual(lengths(dropped), [4, 4, 4, 4, 4, 4, 4]);
  assert.equal(new Set(dropped.slice(0, 2).flatMap((chunk) => [...chunk])).size, 8);
});
