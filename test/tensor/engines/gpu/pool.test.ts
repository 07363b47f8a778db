import assert from 'node:assert/strict';
import {test} from 'node:test';
import {Pool} from '../../../../src/tensor/engines/gpu/pool.ts';
import {ArrayDevice} from '../../../support/engines/gpu/array-device.ts';

test('of the idle memories of a size, the lowest number is given out first', () => {
  const pool = new Pool(new ArrayDevice());
  const slots = [16, 16, 32, 16].map((bytes) => pool.take(bytes));
  assert.deepEqual(
    slots.map(({number}) => number),
    [0, 1, 2, 3],
  );
  for (const i of [3, 0, 2, 1]) pool.giveBack(slots[i]!);
  assert.deepEqual(
    [16, 16, 32, 16, 16].map((bytes) => pool.take(bytes).number),
    [0, 1, 2, 3, 4],
  );
});

test('a size is rounded up to whole vectors, and there is no empty memory', () => {
  const pool = new Pool(new ArrayDevice());
  assert.deepEqual(
    [0, 1, 16, 20].map((bytes) => pool.take(bytes).bytes),
    [16, 16, 16, 32],
  );
});

test('only a memory that fits is given out again', () => {
  const pool = new Pool(new ArrayDevice());
  const slots = [pool.take(16), pool.take(16)];
  for (const slot of slots) pool.giveBack(slot);
  assert.equal(
    pool.take(16, (memory) => memory !== slots[0]!.memory),
    slots[1],
  );
  assert.equal(pool.take(16, () => false).number, 2);
});

test('sizes that nobody asks for any more do not pile up', () => {
  const device = new ArrayDevice();
  const pool = new Pool(device);
  for (let size = 1; size <= 100; size++) pool.giveBack(pool.take(160 * size));
  const freed = device.asked.filter((line) => line.startsWith('free')).length;
  assert.ok(freed >= 98, `${freed} were freed`);
});

test('what was in use at once may lie idle, and comes back without an allocation', () => {
  const device = new ArrayDevice();
  const pool = new Pool(device);
  const round = (): readonly number[] => {
    const slots = [64, 32, 64, 16].map((bytes) => pool.take(bytes));
    for (const slot of slots) pool.giveBack(slot);
    return slots.map(({number}) => number);
  };
  const first = round();
  for (let i = 0; i < 5; i++) assert.deepEqual(round(), first);
  assert.deepEqual(device.asked, []);
});

test('without room, what lies idle is freed first', () => {
  const device = new ArrayDevice(64);
  const pool = new Pool(device);
  pool.giveBack(pool.take(48));
  assert.equal(pool.take(64).bytes, 64);
  assert.deepEqual(device.asked, ['free 0']);
  assert.throws(() => pool.take(16), /full/);
});
