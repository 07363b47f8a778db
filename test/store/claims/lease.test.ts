import assert from 'node:assert/strict';
import {readdir} from 'node:fs/promises';
import path from 'node:path';
import {test} from 'node:test';
import {findLease, releaseLease, takeLease} from '../../../src/store/claims/lease.ts';
import {isAlive, processIdentity} from '../../../src/store/claims/process-identity.ts';
import type {Key} from '../../../src/store/records/record.ts';
import {TemporaryFolder} from '../../support/rigs/temporary-folder.ts';

const key = 'cd'.repeat(32) as Key;

test('a lease is held until it is given back', async () => {
  await using folder = await TemporaryFolder.create();
  const store = {root: folder.path};
  const me = processIdentity(process.pid);
  assert.deepEqual(await takeLease(store, key, {...me, attempt: 'one'}), {kind: 'taken'});
  const second = await takeLease(store, key, {...me, attempt: 'two'});
  assert.ok(second.kind === 'held');
  assert.equal(second.by.attempt, 'one');
  await releaseLease(store, key, 'two');
  assert.equal(findLease(store, key)?.attempt, 'one');
  await releaseLease(store, key, 'one');
  assert.equal(findLease(store, key), undefined);
});

test('exactly one of many contenders gets the lease of a dead process', async () => {
  await using folder = await TemporaryFolder.create();
  const store = {root: folder.path};
  const me = processIdentity(process.pid);
  await takeLease(store, key, {...me, startTime: '1', attempt: 'dead'});
  assert.equal(findLease(store, key), undefined);
  const attempts = Array.from({length: 20}, (_, index) => `attempt ${index}`);
  const results = await Promise.all(
    attempts.map((attempt) => takeLease(store, key, {...me, attempt})),
  );
  assert.equal(results.filter(({kind}) => kind === 'taken').length, 1);
  assert.deepEqual(await readdir(path.join(store.root, 'leases')), [`${key}.json`]);
});

test('a process is distinguished from one with its number, an earlier boot and another machine', () => {
  const me = processIdentity(process.pid);
  assert.ok(isAlive(me));
  assert.ok(!isAlive({...me, host: `${me.host}-other`}));
  assert.ok(!isAlive({...me, pid: 2 ** 30}));
  if (me.startTime !== undefined) {
    assert.ok(!isAlive({...me, startTime: `${me.startTime}0`}));
    assert.ok(!isAlive({...me, bootId: 'another boot'}));
  }
});
