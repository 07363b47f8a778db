import assert from 'node:assert/strict';
import {test} from 'node:test';
import {launchUs, predictUs} from '../../../bench/gpu/prediction.ts';

test('a dispatch is predicted to take a launch and the longer of arithmetic and memory', () => {
  const arithmetic = {flops: 3e9, bytes: 0};
  const memory = {flops: 0, bytes: 1.8e8};
  assert.equal(predictUs({flops: 0, bytes: 0}, 100), launchUs);
  assert.ok(Math.abs(predictUs(arithmetic, 100) - (4.7 + 100)) < 1e-9);
  assert.equal(
    predictUs({flops: arithmetic.flops, bytes: memory.bytes}, 100),
    predictUs(memory, 100),
  );
});

test('small batches are predicted to take longer, but not to launch', () => {
  const cost = {flops: 3e9, bytes: 0};
  assert.ok(Math.abs(predictUs(cost, 10) - (4.7 + 140)) < 1e-9);
});
