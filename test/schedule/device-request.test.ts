import assert from 'node:assert/strict';
import {test} from 'node:test';
import {findShortage} from '../../src/schedule/device-request.ts';

test('shortages of slots and GPUs are found separately, and `device` means GPUs if the machine has any', () => {
  const has = {slots: 2, gpus: 0};
  assert.equal(findShortage({device: 2}, has), undefined);
  assert.equal(findShortage({}, has), undefined);
  assert.deepEqual(findShortage({device: 3}, has), {
    wanted: '3 CPU slots',
    available: '2 can be used',
  });
  assert.deepEqual(findShortage({gpu: 0.5}, has), {
    wanted: '0.5 GPU',
    available: 'no GPU can be used',
  });
  assert.deepEqual(findShortage({device: 2}, {slots: 8, gpus: 1}), {
    wanted: '2 GPUs',
    available: '1 can be used',
  });
});
