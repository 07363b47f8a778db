import assert from 'node:assert/strict';
import {mkdir, readdir, rm, utimes, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {test} from 'node:test';
import {latestCheckpoint, saveCheckpoint} from '../../../src/store/checkpoints.ts';
import {createWhole} from '../../../src/store/durable.ts';
import {releaseLease, removeDoneLease, takeLease} from '../../../src/store/claims/lease.ts';
import {memberPath, memberRoot} from '../../../src/store/layout.ts';
import {processIdentity} from '../../../src/store/claims/process-identity.ts';
import type {Key} from '../../../src/store/records/record.ts';
import {sweepStore} from '../../../src/store/claims/sweep.ts';
import {createWork, removeWork} from '../../../src/store/claims/work.ts';
import {verifyStore} from '../../../src/store/upkeep/verify-store.ts';
import {FailingCalls} from '../../support/rigs/failing-calls.ts';
import {runInProcess} from '../../support/rigs/run-in-process.ts';
import {TemporaryFolder} from '../../support/rigs/temporary-folder.ts';
import {commonMedia} from '../../../src/contract/media.ts';

test('unfinished files and checkpoints are removed after an hour, and nothing younger', async () => {
  await using folder = await TemporaryFolder.create();
  const store = {root: folder.path};
  const temporary = path.join(store.root, 'tmp');
  await mkdir(path.join(temporary, 'checkpoint'), {recursive: true});
  await writeFile(path.join(temporary, 'checkpoint', '0'), 'half a st');
  await writeFile(path.join(temporary, 'record'), '{"format": 1, "ke');
  await writeFile(path.join(temporary, 'young'), '{');
  const old = Date.now() / 1000 - 3601;
  await utimes(path.join(temporary, 'checkpoint'), old, old);
  await utimes(path.join(temporary, 'record'), old, old);
  await sweepStore(store);
  assert.deepEqual(await readdir(temporary), ['young']);
});

test('a sweep of a store in which nothing was left writes nothing', async () => {
  await using folder = await TemporaryFolder.create();
  await sweepStore({root: folder.path});
  assert.deepEqual(await readdir(folder.path), []);
});

test('an old file is not removed while a process may be writing it', async () => {
  await using folder = await TemporaryFolder.create();
  const store = {root: folder.path};
  const me = {...processIdentity(process.pid), key: 'ab'.repeat(32) as Key, inputs: []};
  await createWork(store, 'mine', me);
  const file = path.join(store.root, 'tmp', 'checkpoint');
  await writeFile(file, 'half a st');
  // The file seems old, as after a jump of the clock.
  await utimes(file, 1, 1);
  await sweepStore(store);
  assert.deepEqual(await readdir(path.join(store.root, 'tmp')), ['checkpoint']);
  await removeWork(store, 'mine');
  await sweepStore(store);
  assert.deepEqual(await readdir(path.join(store.root, 'tmp')), []);
});

test('attempts of dead processes go; those of another machine stay for thirty days, or as long as their member has a heartbeat', async () => {
  await using folder = await TemporaryFolder.create();
  const store = {root: folder.path};
  const mine = {...processIdentity(process.pid), key: 'ab'.repeat(32) as Key, inputs: []};
  const foreign = {...mine, host: 'another-machine', bootId: 'another', namespace: 'pid:[1]'};
  const members = ['0', '1'].map((digit) => digit.repeat(16));
  const [silent, gone] = members;
  for (const member of members) {
    await mkdir(memberRoot(store), {recursive: true});
    await writeFile(memberPath(store, member), '{}');
  }
  const owners = {
    mine,
    dead: {...mine, startTime: '1'},
    theirs: foreign,
    abandoned: foreign,
    silent: {...foreign, member: silent!},
    gone: {...foreign, member: gone!},
    ended: {...foreign, member: '2'.repeat(16)},
  };
  for (const [attempt, owner] of Object.entries(owners)) await createWork(store, attempt, owner);
  const days = (count: number): number => Date.now() / 1000 - count * 24 * 3600;
  await utimes(path.join(store.root, 'work', 'abandoned'), days(31), days(31));
  await utimes(memberPath(store, silent!), days(6), days(6));
  await utimes(memberPath(store, gone!), days(8), days(8));
  await sweepStore(store);
  assert.deepEqual((await readdir(path.join(store.root, 'work'))).sort(), [
    'mine',
    'silent',
    'theirs',
  ]);
  assert.deepEqual(await readdir(memberRoot(store)), [`${silent}.json`]);
});

test('a sweep goes past files that another machine removes meanwhile, or that the file server keeps', async () => {
  await using folder = await TemporaryFolder.create();
  const store = {root: folder.path};
  const mine = {...processIdentity(process.pid), key: 'ab'.repeat(32) as Key, inputs: []};
  await createWork(store, 'dead', {...mine, startTime: '1'});
  const old = Date.now() / 1000 - 8 * 24 * 3600;
  for (const file of ['tmp/kept', 'tmp/other']) {
    await writeFile(folder.file(file), '');
    await utimes(folder.file(file), old, old);
  }
  {
    using _owner = new FailingCalls('readFile', 'ESTALE', (file) => file.endsWith('owner.json'));
    using _state = new FailingCalls('stat', 'ESTALE', (file) => file.endsWith('dead'));
    using _kept = new FailingCalls('rm', 'ENOTEMPTY', (file) => file.endsWith('kept'));
    await sweepStore(store);
    assert.deepEqual(await readdir(folder.file('work')), ['dead']);
    assert.deepEqual(await readdir(folder.file('tmp')), ['kept']);
  }
  await sweepStore(store);
  assert.deepEqual(await readdir(folder.file('work')), []);
  assert.deepEqual(await readdir(folder.file('tmp')), []);
});

test('a file that was written whole leaves nothing behind', async () => {
  await using folder = await TemporaryFolder.create();
  const store = {root: folder.path};
  assert.equal(await createWhole(store, path.join(store.root, 'a/file'), 'one'), 'linked');
  assert.equal(await createWhole(store, path.join(store.root, 'a/file'), 'two'), 'exists');
  assert.deepEqual(await readdir(path.join(store.root, 'a')), ['file']);
  assert.deepEqual(await readdir(path.join(store.root, 'tmp')), []);
});

test('the remaining checkpoints of a result are removed, and those of an attempt to replace it stay while one is whole', async () => {
  await using folder = await TemporaryFolder.create();
  const store = {root: folder.path};
  const files = {'p.yaml': 'stages: {only: {uses: say, with: {text: a}}}'};
  const [record] = (await runInProcess({files, store: store.root})).records.values();
  const {key} = record!;
  const saved = {
    state: new Map([['state', Buffer.from('half way')]]),
    files: new Map(),
    durationMs: 1,
  };
  for (let count = 0; count < 2; count++) await saveCheckpoint(store, key, saved);
  await sweepStore(store);
  assert.deepEqual((await latestCheckpoint(store, key))?.state, saved.state);

  for (const one of ['1', '2']) await rm(path.join(store.root, 'checkpoints', key, one, '0'));
  const findings = async (): Promise<readonly string[]> =>
    (await verifyStore(store, commonMedia, () => undefined)).findings.map(({kind}) => kind);
  assert.deepEqual(await findings(), ['checkpoint-damaged', 'checkpoint-damaged']);
  // A live attempt handles its own checkpoints.
  await removeDoneLease(store, key);
  await takeLease(store, key, {...processIdentity(process.pid), attempt: 'mine'});
  await sweepStore(store);
  assert.deepEqual((await readdir(path.join(store.root, 'checkpoints', key))).sort(), ['1', '2']);
  await releaseLease(store, key, 'mine', false);
  await sweepStore(store);
  assert.deepEqual(await findings(), []);
  assert.deepEqual(await readdir(path.join(store.root, 'checkpoints')), []);
});
