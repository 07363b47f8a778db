import assert from 'node:assert/strict';
import {test} from 'node:test';
import {DevicePool} from '../../../src/executors/local/device-pool.ts';
import type {Gpu} from '../../../src/executors/local/gpu.ts';
import {GpuClaims, findClaims} from '../../../src/executors/local/gpu-claims.ts';
import {processIdentity} from '../../../src/store/claims/process-identity.ts';
import {TemporaryFolder} from '../../support/rigs/temporary-folder.ts';

function gpusOf(count: number): readonly Gpu[] {
  return Array.from({length: count}, (_, index) => ({token: `${index}`, identity: `GPU-${index}`}));
}

test('ten tenths of a GPU fill it exactly, and free it completely', () => {
  const pool = new DevicePool(1);
  pool.addGpus(gpusOf(1));
  const answers = Array.from({length: 10}, () => pool.acquire({kind: 'gpu', amount: 0.1}));
  assert.ok(answers.every(({kind}) => kind === 'granted'));
  assert.equal(pool.acquire({kind: 'gpu', amount: 0.1}).kind, 'short');
  for (const acquired of answers) if (acquired.kind === 'granted') pool.release(acquired.held);
  assert.equal(pool.acquire({kind: 'gpu', amount: 1}).kind, 'granted');
});

test('claims of two runs never overlap, and those of dead processes do not count', async () => {
  await using folder = await TemporaryFolder.create();
  const host = {path: folder.path};
  const gpus = gpusOf(2);
  const me = processIdentity(process.pid);
  const claimsOf = (): readonly [DevicePool, GpuClaims] => {
    const pool = new DevicePool(1);
    const claims = new GpuClaims(host, me, gpus);
    pool.addGpus(gpus, claims);
    return [pool, claims];
  };
  const [[one, mine], [two]] = [claimsOf(), claimsOf()];
  const half = one.acquire({kind: 'gpu', amount: 0.5});
  const other = two.acquire({kind: 'gpu', amount: 1});
  assert.ok(half.kind === 'granted' && other.kind === 'granted');
  assert.deepEqual([half.held.devices, other.held.devices], [['gpu:0'], ['gpu:1']]);
  assert.deepEqual(two.acquire({kind: 'gpu', amount: 1}), {kind: 'held', by: [me.pid]});
  assert.deepEqual(one.acquire({kind: 'gpu', amount: 1}), {kind: 'held', by: [me.pid]});
  assert.equal(two.acquire({kind: 'gpu', amount: 0.5}).kind, 'granted');
  assert.equal(findClaims(host).length, 3);
  // The process that the claim was entrusted to is dead. The claim is free once its program is dead, too.
  mine.entrust(half.held.claim!, [{...me, startTime: '1'}, me]);
  assert.equal(findClaims(host).length, 3, 'its program lives');
  mine.entrust(half.held.claim!, [{...me, startTime: '1'}]);
  assert.equal(findClaims(host).length, 2);
  const [three] = claimsOf();
  assert.equal(three.acquire({kind: 'gpu', amount: 0.5}).kind, 'granted');
});

test('instances that need memory fit together, one alone may need more, and others need not wait', () => {
  const pool = new DevicePool(9, 16);
  const large = pool.acquire({kind: 'cpu', amount: 1, memoryBytes: 20});
  assert.ok(large.kind === 'granted');
  const small = {kind: 'cpu', amount: 1, memoryBytes: 1} as const;
  assert.deepEqual(pool.acquire(small), {kind: 'short', of: 'memory'});
  assert.equal(pool.acquire({kind: 'cpu', amount: 1}).kind, 'granted');
  assert.deepEqual(pool.acquire({...small, amount: 9}), {kind: 'short', of: 'devices'});
  pool.release(large.held);
  const eight = {kind: 'cpu', amount: 1, memoryBytes: 8} as const;
  assert.equal(pool.acquire(eight).kind, 'granted');
  assert.equal(pool.acquire(eight).kind, 'granted');
  assert.deepEqual(pool.acquire(small), {kind: 'short', of: 'memory'});
});
