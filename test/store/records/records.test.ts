import assert from 'node:assert/strict';
import {appendFile, chmod, readFile, readdir, rm, stat, utimes, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {test} from 'node:test';
import {stageKey} from '../../../src/store/records/stage-key.ts';
import {blobPath, indexPath, recordPath, type Store} from '../../../src/store/layout.ts';
import type {Key} from '../../../src/store/records/record.ts';
import {Records} from '../../../src/store/records/records.ts';
import {fingerprintOfTexts, publishMany} from '../../support/texts/publish-texts.ts';
import {callsDuring} from '../../support/rigs/file-calls.ts';
import {TemporaryFolder} from '../../support/rigs/temporary-folder.ts';

/** Looks up records as a run does. */
function tendAll(store: Store, keys: readonly Key[]): readonly string[] {
  const records = new Records(store, {tend: true});
  const kinds = keys.map((key) => records.find(key).kind);
  records.flush();
  return kinds;
}

test('a repeated look-up opens no file of the record', async () => {
  await using folder = await TemporaryFolder.create();
  const store = {root: folder.path};
  const keys = (await publishMany(store.root, 20)).map(({key}) => key);
  const shards = new Set(keys.map((key) => key.slice(0, 2))).size;
  const cold = callsDuring(() => assert.ok(tendAll(store, keys).every((kind) => kind === 'hit')));
  assert.equal(cold['openSync'], 20);

  const warm = callsDuring(() => {
    const records = new Records(store, {tend: false});
    for (const key of keys) assert.equal(records.find(key).kind, 'hit');
  });
  // The look-up reads the state of each record and of its two artifacts, and one index file for each prefix of the
  // keys.
  assert.deepEqual(warm, {statSync: 60, readFileSync: shards});
});

test('an index that is torn, garbled or gone gives the same answers', async () => {
  await using folder = await TemporaryFolder.create();
  const store = {root: folder.path};
  const stored = await publishMany(store.root, 3);
  const keys = stored.map(({key}) => key);
  tendAll(store, keys);
  const [key] = keys as [Key];
  const file = indexPath(store, key.slice(0, 2));
  const whole = await readFile(file, 'utf8');
  const versions = [
    whole.slice(0, -1),
    whole.slice(0, 90),
    '',
    whole.replace('"format":1', '"format":2'),
    whole.slice(0, 200) + whole,
    `${whole}${key} 1 2 3 {}\n`,
  ];
  for (const version of versions) {
    await writeFile(file, version);
    const found = new Records(store, {tend: false}).find(key);
    assert.deepEqual(found, {kind: 'hit', record: stored[0]});
    // A run repairs the index, so that the next look-up opens no record.
    tendAll(store, keys);
    const calls = callsDuring(() => new Records(store, {tend: false}).find(key));
    assert.deepEqual(calls, {statSync: 3, readFileSync: 1});
  }
  await rm(path.dirname(file), {recursive: true});
  assert.deepEqual(tendAll(store, keys), ['hit', 'hit', 'hit']);
});

test('the index stays in proportion to the records, however often they change', async () => {
  await using folder = await TemporaryFolder.create();
  const store = {root: folder.path};
  const [record] = await publishMany(store.root, 1);
  const {key} = record!;
  for (let day = 1; day <= 20; day++) {
    await utimes(recordPath(store, key), day, Date.now() / 1000 - day);
    tendAll(store, [key]);
  }
  const lines = (await readFile(indexPath(store, key.slice(0, 2)), 'utf8')).trimEnd().split('\n');
  assert.ok(lines.length <= 3, `${lines.length} lines of one record`);
});

test('the record decides, not its copy in the index', async () => {
  await using folder = await TemporaryFolder.create();
  const store = {root: folder.path};
  const [first, second] = await publishMany(store.root, 2);
  const keys = [first!.key, second!.key];
  tendAll(store, keys);
  await rm(recordPath(store, first!.key));
  assert.deepEqual(tendAll(store, keys), ['none', 'hit']);

  const other = {...second!, outputs: {a: second!.outputs['b']!, b: second!.outputs['a']!}};
  // The new record has the same size and time as the old one.
  const {mtimeMs} = await stat(recordPath(store, second!.key));
  await rm(recordPath(store, second!.key));
  await writeFile(recordPath(store, second!.key), `${JSON.stringify(other, undefined, 2)}\n`);
  await utimes(recordPath(store, second!.key), mtimeMs / 1000, mtimeMs / 1000);
  const found = new Records(store, {tend: false}).find(second!.key);
  assert.ok(found.kind === 'hit');
  assert.deepEqual(found.record.outputs, other.outputs);
});

test('artifacts that are gone, cut off or changed in place are found, with or without an index', async () => {
  await using folder = await TemporaryFolder.create();
  const store = {root: folder.path};
  const records = await publishMany(store.root, 3);
  const keys = records.map(({key}) => key);
  tendAll(store, keys);
  const blobs = records.map(({outputs}) => blobPath(store, outputs['b']!.artifacts[0]!.digest));
  for (const blob of blobs) await chmod(blob, 0o644);
  await rm(blobs[0]!);
  await writeFile(blobs[1]!, '');
  await writeFile(blobs[2]!, 'xx');
  const kinds = ['artifact-missing', 'artifact-damaged', 'artifact-damaged'];
  assert.deepEqual(tendAll(store, keys), kinds);
  await rm(path.join(store.root, 'index'), {recursive: true});
  assert.deepEqual(tendAll(store, keys), kinds);
});

test('artifacts of an older store are read once, by a run', async () => {
  await using folder = await TemporaryFolder.create();
  const store = {root: folder.path};
  const [record] = await publishMany(store.root, 1);
  const {key, outputs} = record!;
  const blob = blobPath(store, outputs['a']!.artifacts[0]!.digest);
  await utimes(blob, 1_000_000, 1_000_000);
  const plan = (): void => {
    assert.equal(new Records(store, {tend: false}).find(key).kind, 'hit');
  };
  tendAll(store, [stageKey(fingerprintOfTexts({other: 'nothing'}))]);
  for (let time = 0; time < 2; time++) {
    const {lutimesSync} = callsDuring(plan);
    assert.equal(lutimesSync, undefined);
    assert.equal((await stat(blob)).mtimeMs, 1e9);
  }
  assert.deepEqual(tendAll(store, [key]), ['hit']);
  assert.equal((await stat(blob)).mtimeMs, 1000);
  assert.deepEqual(callsDuring(plan), {statSync: 3, readFileSync: 1});
});

test('a run that uses a record says so once a day', async () => {
  await using folder = await TemporaryFolder.create();
  const store = {root: folder.path};
  const [record] = await publishMany(store.root, 1);
  const file = recordPath(store, record!.key);
  const hour = 3_600_000;
  const used = async (ageMs: number): Promise<number> => {
    const before = Date.now();
    const at = (before - ageMs) / 1000;
    await utimes(file, at, at);
    tendAll(store, [record!.key]);
    return (await stat(file)).mtimeMs - before;
  };
  assert.ok((await used(23 * hour)) < 0);
  assert.ok((await used(25 * hour)) >= -1);
  // The index knows the record's new time.
  const calls = callsDuring(() => new Records(store, {tend: false}).find(record!.key));
  assert.equal(calls['openSync'], undefined);
});

test('a read-only store can be read', async () => {
  await using folder = await TemporaryFolder.create();
  const store = {root: folder.path};
  const [record] = await publishMany(store.root, 1);
  // A file takes the place of the index's folder.
  await appendFile(path.join(store.root, 'index'), '');
  assert.deepEqual(tendAll(store, [record!.key]), ['hit']);
  assert.deepEqual(tendAll(store, [record!.key]), ['hit']);
  assert.ok((await readdir(store.root)).includes('index'));
});
