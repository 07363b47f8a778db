import assert from 'node:assert/strict';
import {rmSync} from 'node:fs';
import {readdir, readFile, rm} from 'node:fs/promises';
import path from 'node:path';
import {test} from 'node:test';
import {claimKey} from '../../../src/store/claims/claim-key.ts';
import {processIdentity} from '../../../src/store/claims/process-identity.ts';
import {leasePath, recordPath, type Store} from '../../../src/store/layout.ts';
import type {StageRecord} from '../../../src/store/records/record.ts';
import {FailingCalls} from '../../support/rigs/failing-calls.ts';
import {NegativeCache} from '../../support/rigs/negative-cache.ts';
import {runInProcess, type RunInProcess} from '../../support/rigs/run-in-process.ts';
import {TemporaryFolder} from '../../support/rigs/temporary-folder.ts';

const files = {'p.yaml': 'stages: {only: {uses: say, with: {text: a}}}\n'};
const outputs = {out: {media: 'text'}};
const me = {...processIdentity(process.pid), attempt: 'mine'};

/** A store in which another machine, so to speak, has just published a result. */
class Published implements AsyncDisposable {
  readonly #folder: TemporaryFolder;
  readonly store: Store;
  readonly record: StageRecord;
  readonly file: string;

  private constructor(folder: TemporaryFolder, record: StageRecord) {
    this.#folder = folder;
    this.store = {root: folder.path};
    this.record = record;
    this.file = recordPath(this.store, record.key);
  }

  static async create(): Promise<Published> {
    const folder = await TemporaryFolder.create();
    const [record] = (await runInProcess({files, store: folder.path})).records.values();
    return new Published(folder, record!);
  }

  run(): Promise<RunInProcess> {
    return runInProcess({files, store: this.store.root});
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#folder[Symbol.asyncDispose]();
  }
}

function countOf({events}: RunInProcess, kind: string): number {
  return events.filter((event) => event.kind === kind).length;
}

test('a record that this machine does not see yet is found by the lease that says that it is done', async () => {
  await using published = await Published.create();
  const {store, file, record} = published;
  using cache = new NegativeCache();
  cache.hide(file);
  const run = await published.run();
  assert.deepEqual([countOf(run, 'started'), countOf(run, 'hit')], [0, 1]);
  // Without the note everything is computed again.
  cache.hide(file);
  rmSync(leasePath(store, record.key));
  const again = await published.run();
  assert.deepEqual([countOf(again, 'started'), countOf(again, 'hit')], [1, 0]);
  assert.equal(again.outcome, 'ok');
  assert.equal([...again.records.values()][0]!.attempt, record.attempt);
  assert.deepEqual(await readdir(path.join(store.root, 'tmp')), []);
});

test('a record that stays out of sight is computed again, and its attempt takes the lease', async () => {
  await using published = await Published.create();
  using cache = new NegativeCache({isStubborn: true});
  cache.hide(published.file);
  const run = await published.run();
  assert.deepEqual([run.outcome, countOf(run, 'started')], ['ok', 1]);
});

test('if the record is gone that a lease says is done, its key is computed, and nothing is left in its place', async () => {
  await using published = await Published.create();
  const {store, file, record} = published;
  await rm(file);
  const about = {outputs, isForced: false};
  assert.deepEqual(await claimKey(store, record.key, me, about), {kind: 'taken'});
  assert.deepEqual(await readdir(path.dirname(file)), []);
  assert.deepEqual(await readdir(path.join(store.root, 'tmp')), []);
});

test('a note that is shown although it was removed does not keep its key from being computed for ever', async () => {
  await using published = await Published.create();
  const {store, file, record} = published;
  await rm(file);
  let removals = 0;
  using _lag = new FailingCalls('rename', 'ENOENT', (name) => {
    const isNote = name === leasePath(store, record.key);
    if (isNote) assert.ok(++removals < 20, 'it is not tried for ever');
    return isNote;
  });
  assert.deepEqual(await claimKey(store, record.key, me, {outputs, isForced: false}), {
    kind: 'taken',
  });
  assert.ok(removals > 0);
});

test('a forced attempt takes the lease of a key that is done', async () => {
  await using published = await Published.create();
  const {store, record} = published;
  const stored = await claimKey(store, record.key, me, {outputs, isForced: false});
  assert.deepEqual(stored, {kind: 'stored', record});
  const forced = await claimKey(store, record.key, me, {outputs, isForced: true});
  assert.deepEqual(forced, {kind: 'taken'});
  assert.match(await readFile(leasePath(store, record.key), 'utf8'), /"attempt":"mine"/);
});

test('a key whose result was published before its lease was free is not taken', async () => {
  await using published = await Published.create();
  const {store, record} = published;
  await rm(leasePath(store, record.key));
  const claimed = await claimKey(store, record.key, me, {outputs, isForced: false});
  assert.deepEqual(claimed, {kind: 'stored', record});
  assert.match(await readFile(leasePath(store, record.key), 'utf8'), /^\{"done":"mine"\}/);
});
