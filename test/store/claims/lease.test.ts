import assert from 'node:assert/strict';
import {readdir, readFile, utimes} from 'node:fs/promises';
import path from 'node:path';
import {test} from 'node:test';
import {
  findLease,
  isDone,
  releaseLease,
  removeDoneLease,
  sweepLease,
  takeLease,
} from '../../../src/store/claims/lease.ts';
import {processIdentity} from '../../../src/store/claims/process-identity.ts';
import {leasePath} from '../../../src/store/layout.ts';
import type {Key} from '../../../src/store/records/record.ts';
import {FailingCalls} from '../../support/rigs/failing-calls.ts';
import {TemporaryFolder} from '../../support/rigs/temporary-folder.ts';

const key = 'cd'.repeat(32) as Key;
const me = processIdentity(process.pid);

test('a lease is held until it is given back', async () => {
  await using folder = await TemporaryFolder.create();
  const store = {root: folder.path};
  assert.deepEqual(await takeLease(store, key, {...me, attempt: 'one'}), {kind: 'taken'});
  const second = await takeLease(store, key, {...me, attempt: 'two'});
  assert.ok(second.kind === 'held');
  assert.equal(second.by.attempt, 'one');
  await releaseLease(store, key, 'two', true);
  assert.equal(findLease(store, key)?.attempt, 'one');
  await releaseLease(store, key, 'one', false);
  assert.equal(findLease(store, key), undefined);
  assert.deepEqual(await readdir(path.join(store.root, 'leases')), []);
});

test('exactly one of many contenders gets the lease of a dead process', async () => {
  await using folder = await TemporaryFolder.create();
  const store = {root: folder.path};
  await takeLease(store, key, {...me, startTime: '1', attempt: 'dead'});
  assert.equal(findLease(store, key), undefined);
  const attempts = Array.from({length: 20}, (_, index) => `attempt ${index}`);
  const results = await Promise.all(
    attempts.map((attempt) => takeLease(store, key, {...me, attempt})),
  );
  assert.equal(results.filter(({kind}) => kind === 'taken').length, 1);
  assert.deepEqual(await readdir(path.join(store.root, 'leases')), [`${key}.json`]);
  assert.deepEqual(await readdir(path.join(store.root, 'tmp')), []);
});

test('a worker takes over the lease of its head by the attempt, and so does a request that a file server repeats', async () => {
  await using folder = await TemporaryFolder.create();
  const store = {root: folder.path};
  const head = {...me, attempt: 'one'};
  const worker = processIdentity(process.ppid);
  assert.deepEqual(await takeLease(store, key, head), {kind: 'taken'});
  assert.deepEqual(await takeLease(store, key, head), {kind: 'taken'});
  assert.deepEqual(await takeLease(store, key, {...worker, attempt: 'one'}), {kind: 'taken'});
  assert.equal(findLease(store, key)?.pid, worker.pid);
});

test('a lease that is done keeps others from computing the key until the note is removed, which happens by itself after ten minutes', async () => {
  await using folder = await TemporaryFolder.create();
  const store = {root: folder.path};
  await takeLease(store, key, {...me, attempt: 'one'});
  const file = leasePath(store, key);
  // Other machines may remember the size.
  const {length} = await readFile(file, 'utf8');
  await releaseLease(store, key, 'one', true);
  const text = await readFile(file, 'utf8');
  assert.deepEqual([text.trimEnd(), text.length], ['{"done":"one"}', length]);
  assert.deepEqual([findLease(store, key), isDone(store, key)], [undefined, true]);
  assert.deepEqual(await takeLease(store, key, {...me, attempt: 'two'}), {kind: 'done'});
  await sweepLease(store, key, Date.now());
  assert.ok(isDone(store, key));
  const old = Date.now() / 1000 - 601;
  await utimes(file, old, old);
  await sweepLease(store, key, Date.now());
  assert.deepEqual([isDone(store, key), await readdir(path.dirname(file))], [false, []]);
  await takeLease(store, key, {...me, attempt: 'two'});
  await removeDoneLease(store, key);
  assert.equal(findLease(store, key)?.attempt, 'two');
});

test('a lease can be given back on a full disk, though there is no room for the note that it is done', async () => {
  await using folder = await TemporaryFolder.create();
  const store = {root: folder.path};
  await takeLease(store, key, {...me, attempt: 'one'});
  {
    using _full = new FailingCalls('writeFile', 'ENOSPC', () => true);
    await releaseLease(store, key, 'one', true);
  }
  assert.deepEqual(await readdir(path.join(store.root, 'leases')), []);
  using _broken = new FailingCalls('writeFile', 'EIO', () => true);
  await assert.rejects(takeLease(store, key, {...me, attempt: 'two'}), {code: 'EIO'});
});
