import assert from 'node:assert/strict';
import {test} from 'node:test';
import {findShortage, requestOf} from '../../src/schedule/device-request.ts';

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

test('`cpus` are the slots of an instance on no GPU, and a smaller machine gives all that it has', () => {
  const [small, large] = [2, 16].map((slots) => ({slots, gpus: 0}));
  assert.deepEqual(requestOf({cpus: 8}, large!), {kind: 'cpu', amount: 8});
  assert.deepEqual(requestOf({cpus: 8}, small!), {kind: 'cpu', amount: 2});
  assert.equal(findShortage({cpus: 8}, small!), undefined);
  assert.deepEqual(requestOf({device: 1, cpus: 8}, large!), {kind: 'cpu', amount: 8});
  assert.deepEqual(requestOf({device: 3, cpus: 2}, large!), {kind: 'cpu', amount: 3});
  assert.deepEqual(requestOf({device: 1, cpus: 8}, {slots: 16, gpus: 1}), {kind: 'gpu', amount: 1});
  assert.deepEqual(requestOf({memoryBytes: 5, timeMs: 7}, small!), {
    kind: 'cpu',
    amount: 1,
    memoryBytes: 5,
  });
});
