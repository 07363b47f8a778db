import assert from 'node:assert/strict';
import {mkdir, readdir, readFile, rename, rm, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {test} from 'node:test';
import type {RunEvent, RunEventBody} from '../../../src/journal/event.ts';
import type {InstanceId} from '../../../src/pipeline/graph/instance.ts';
import {Recorder} from '../../../src/schedule/recorder.ts';
import {closeRun, type Closing} from '../../../src/schedule/membership/close-run.ts';
import {askToStop} from '../../../src/schedule/membership/run-notes.ts';
import {processIdentity} from '../../../src/store/claims/process-identity.ts';
import {closedPath, recordPath, runFolder, runMemberFolder} from '../../../src/store/layout.ts';
import {loadChoice, runInProcess} from '../../support/rigs/run-in-process.ts';
import {TemporaryFolder} from '../../support/rigs/temporary-folder.ts';

const run = '20260101-000000.000-abcdef';
const other = '20250101-000000.000-abcdef';
const member = '0123456789abcdef';
const self = processIdentity(process.pid);
const files = {
  'p.yaml': `stages:
  a: {uses: say, with: {text: a}}
  b: {uses: measure, inputs: {of: a.out}}
  c: {uses: reverse, inputs: {of: b.out}}
`,
};

/** A run on a cluster of which all but the end is told by a member. What it does not tell is not stored. */
async function told(
  root: string,
  isTold: (event: RunEvent) => boolean,
  more: readonly RunEventBody[] = [],
): Promise<{readonly closing: Closing; readonly events: RunEventBody[]}> {
  const {events: made} = await runInProcess({files, store: root});
  const {graph} = await loadChoice({files});
  const store = {root};
  for (const event of made) {
    if (event.kind === 'finished' && !isTold(event)) await rm(recordPath(store, event.record.key));
  }
  await mkdir(runMemberFolder(store, run, member), {recursive: true});
  const write = (folder: string, told: readonly RunEventBody[]): void => {
    const recorder = new Recorder(folder, () => undefined);
    for (const event of told) recorder.emit(event);
    recorder.close();
  };
  write(runFolder(store, run), [
    {
      kind: 'run-started',
      run,
      head: self,
      pipeline: 'p.yaml',
      instances: 3,
      devices: [],
      cluster: 'lab',
    },
  ]);
  const outcomes = made.filter(
    (event) => (event.kind === 'finished' || event.kind === 'hit') && isTold(event),
  );
  write(runMemberFolder(store, run, member), [...outcomes, ...more]);
  const events: RunEventBody[] = [];
  const emit = (event: RunEventBody): void => {
    events.push(event);
    write(runFolder(store, run), [event]);
  };
  return {closing: {store, run, graph, closer: self, emit}, events};
}

test('of several processes one ends a run, and the others do nothing', async () => {
  await using folder = await TemporaryFolder.create();
  const {closing, events} = await told(folder.path, () => true);
  const closed = await Promise.all([closeRun(closing), closeRun(closing), closeRun(closing)]);
  const [one, ...more] = closed.filter((end) => end !== undefined);
  assert.deepEqual([one?.outcome, one?.records.size, more.length], ['ok', 3, 0]);
  assert.deepEqual(
    events.map((event) => event.kind === 'run-finished' && [event.outcome, event.ran]),
    [['ok', 3]],
  );
  const result = path.join(runFolder(closing.store, run), 'results', 'c.txt');
  assert.equal(await readFile(result, 'utf8'), '1');
  assert.equal(await closeRun(closing), undefined);
});

test('a result that another member found before its maker told of it was made in the run', async () => {
  await using folder = await TemporaryFolder.create();
  const {events: made} = await runInProcess({files, store: folder.path});
  const started = made.find((event) => event.kind === 'started' && String(event.instance) === 'c');
  assert.ok(started?.kind === 'started');
  const hit = {kind: 'hit', instance: started.instance, key: started.key, savedMs: 5} as const;
  const {closing, events} = await told(folder.path, () => true, [started, hit]);
  await closeRun(closing);
  const end = events.at(-1);
  assert.ok(end?.kind === 'run-finished');
  assert.deepEqual([end.outcome, end.ran, end.hits], ['ok', 1, 2]);
});

test('a run whose closer has died after it had placed results is ended by another process', async () => {
  await using folder = await TemporaryFolder.create();
  // Results that an earlier run has placed are linked.
  const earlier = await told(folder.path, () => true);
  assert.equal((await closeRun(earlier.closing))?.outcome, 'ok');
  await rename(runFolder(earlier.closing.store, run), runFolder(earlier.closing.store, other));
  const {closing} = await told(folder.path, () => true);
  const dying = {
    ...closing,
    closer: {...self, startTime: '1'},
    emit: (event: RunEventBody) => {
      if (event.kind === 'run-finished') throw new Error('It dies.');
    },
  };
  await assert.rejects(closeRun(dying), /It dies/);
  const results = path.join(runFolder(closing.store, run), 'results');
  assert.deepEqual((await readdir(results)).sort(), ['b.md', 'c.txt']);
  // What it had begun to place when it died.
  await writeFile(path.join(results, 'half'), 'a');
  assert.equal((await closeRun(closing))?.outcome, 'ok');
  assert.deepEqual((await readdir(results)).sort(), ['b.md', 'c.txt']);
  assert.equal(await readFile(path.join(results, 'c.txt'), 'utf8'), '1');
});

test('a run whose closer has died is ended by another process', async () => {
  await using folder = await TemporaryFolder.create();
  const {closing, events} = await told(folder.path, () => true);
  await writeFile(closedPath(closing.store, run), JSON.stringify({...self, startTime: '1'}));
  assert.equal((await closeRun(closing))?.outcome, 'ok');
  assert.equal(events.length, 1);
});

test('what has no outcome is skipped after a failure, and otherwise not started', async () => {
  await using folder = await TemporaryFolder.create();
  const failed = {
    kind: 'failed',
    instance: 'b',
    cause: {kind: 'stage-error', message: 'No.'},
  } as RunEventBody;
  const isFirst = (event: RunEvent): boolean => event.kind === 'finished' && event.instance === 'a';
  const {closing, events} = await told(folder.path, isFirst, [failed]);
  assert.equal((await closeRun(closing))?.outcome, 'failed');
  const [skipped, finished] = events;
  assert.deepEqual(skipped, {kind: 'skipped', instance: 'c', because: 'b'});
  assert.ok(finished?.kind === 'run-finished');
  const {ran, failed: failures, skipped: left, unstarted} = finished;
  assert.deepEqual([ran, failures, left, unstarted], [1, 1, 1, 0]);
});

test('a run that was asked to stop is suspended', async () => {
  await using folder = await TemporaryFolder.create();
  const {closing, events} = await told(folder.path, () => false);
  await askToStop(closing.store, run);
  assert.equal((await closeRun(closing))?.outcome, 'suspended');
  assert.deepEqual(
    events.map((event) => (event.kind === 'unstarted' ? event.why : event.kind)),
    ['stop', 'stop', 'stop', 'run-finished'],
  );
});

test('a stored result of which no journal tells is a hit, unless it was started in the run or is forced', async () => {
  await using folder = await TemporaryFolder.create();
  const {closing, events} = await told(folder.path, () => false);
  const {records, events: made} = await runInProcess({files, store: folder.path});
  const started = made.find((event) => event.kind === 'started' && String(event.instance) === 'b');
  assert.ok(started?.kind === 'started');
  const recorder = new Recorder(runMemberFolder(closing.store, run, member), () => undefined);
  recorder.emit(started);
  recorder.emit({kind: 'suspended', instance: started.instance});
  recorder.close();
  const found = await closeRun({...closing, forced: new Set(['c' as InstanceId])});
  assert.deepEqual([found?.outcome, [...(found?.records.keys() ?? [])]], ['suspended', ['a', 'b']]);
  const [a, b] = [...records.values()];
  assert.deepEqual(
    events.slice(0, -1).map((event) => (event.kind === 'hit' ? event.key : event.kind)),
    [a!.key, b!.key, 'unstarted'],
  );
  const end = events.at(-1);
  assert.ok(end?.kind === 'run-finished');
  assert.deepEqual([end.hits, end.ran, end.unstarted, end.savedMs], [1, 1, 1, a!.durationMs]);
});

test('what its closer knows to be stored is a hit, even if it is forced', async () => {
  await using folder = await TemporaryFolder.create();
  const {closing, events} = await told(folder.path, () => false);
  const {records} = await runInProcess({files, store: folder.path});
  const forced = new Set(['c' as InstanceId]);
  const found = await closeRun({...closing, forced, records});
  assert.deepEqual([found?.outcome, found?.records], ['ok', records]);
  assert.deepEqual(
    events.map(({kind}) => kind),
    ['hit', 'hit', 'hit', 'run-finished'],
  );
});
