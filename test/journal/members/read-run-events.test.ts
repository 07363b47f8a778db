import assert from 'node:assert/strict';
import {appendFile, mkdir, rename, symlink, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {test} from 'node:test';
import {checkJournals} from '../../../src/journal/check-journals.ts';
import {InstanceTraces} from '../../../src/journal/instance-traces.ts';
import {readRunEvents} from '../../../src/journal/members/read-run-events.ts';
import {readRun} from '../../../src/journal/run-account.ts';
import type {InstanceId} from '../../../src/pipeline/graph/instance.ts';
import {
  journalPath,
  memberJournalPath,
  runMembersFolder,
  type Store,
} from '../../../src/store/layout.ts';
import {
  begunAt,
  clusterStart,
  first,
  joined,
  second,
  tell,
  writeClusterRun,
} from '../../support/rigs/cluster-run.ts';
import {done, over, runStart} from '../../support/rigs/told-run.ts';
import {TemporaryFolder} from '../../support/rigs/temporary-folder.ts';

const submitted = {kind: 'submitted', pool: 'gpu', members: 2, job: '7'} as const;

/** What was told of a run, in the order in which it is read. */
function order(store: Store): readonly string[] {
  return readRunEvents(store, 'told').events.map((event) =>
    'instance' in event ? `${event.kind} ${event.instance}` : event.kind,
  );
}

test('journals are read in the order of time, each in its own order, and the end of the run comes last', async () => {
  await using folder = await TemporaryFolder.createInMemory();
  const store = {root: folder.path};
  await writeClusterRun(
    store,
    [
      [0, clusterStart(2)],
      [1, submitted],
    ],
    {
      // Its clock was set back.
      [first]: [
        [40, joined(first)],
        [30, begunAt(first, 'a')],
        [60, done('a')],
      ],
      // Its clock is slow.
      [second]: [
        [10, joined(second)],
        [20, begunAt(second, 'b')],
        [50, done('b')],
        [50, over('ok')],
      ],
    },
  );
  assert.deepEqual(order(store), [
    'run-started',
    'submitted',
    'member-joined',
    'started b',
    'member-joined',
    'started a',
    'finished b',
    'finished a',
    'run-finished',
  ]);
  const {state, outcome} = readRun(store, 'told');
  assert.deepEqual([outcome, state.counts.done, state.counts.running], ['ok', 2, 0]);
});

test('lines that are torn or no events are left out and counted, in the journal of a member too', async () => {
  await using folder = await TemporaryFolder.createInMemory();
  const store = {root: folder.path};
  await writeClusterRun(store, [[0, clusterStart(1)]], {[first]: [[1, joined(first)]]});
  const file = memberJournalPath(store, 'told', first);
  await appendFile(file, '{"at": "never"}\n{"instead": "hit"}\n');
  await tell(store, first, [[2, begunAt(first, 'a')]]);
  assert.deepEqual(checkJournals(store), [{run: 'told', unreadable: 2, isTorn: false}]);
  await appendFile(file, '{"at": ');
  assert.deepEqual(checkJournals(store), [{run: 'told', unreadable: 2, isTorn: true}]);
  assert.deepEqual(order(store), ['run-started', 'member-joined', 'started a']);
});

test('a journal does not say which outcome an event replaces: readers find that out', async () => {
  await using folder = await TemporaryFolder.createInMemory();
  const store = {root: folder.path};
  await writeClusterRun(store, [[0, clusterStart(1)]], {[first]: []});
  const event = {at: '2026-01-01T00:00:00.000Z', ...begunAt(first, 'a'), instead: 'failed'};
  await appendFile(memberJournalPath(store, 'told', first), `${JSON.stringify(event)}\n`);
  const {events, unreadable} = readRunEvents(store, 'told');
  assert.deepEqual([events.length, unreadable], [1, 1]);
});

test('a member whose journal cannot be read counts as a bad line; folders that are no members count as nothing', async () => {
  await using folder = await TemporaryFolder.createInMemory();
  const store = {root: folder.path};
  await writeClusterRun(store, [[0, clusterStart(1)]], {[first]: [[1, begunAt(first, 'a')]]});
  const members = runMembersFolder(store, 'told');
  // A folder in its place.
  await mkdir(memberJournalPath(store, 'told', second), {recursive: true});
  // A member that has not begun to write.
  await mkdir(path.join(members, '0'.repeat(16)));
  const elsewhere = path.join(folder.path, 'elsewhere');
  await mkdir(elsewhere);
  await writeFile(path.join(elsewhere, 'events.jsonl'), 'none\n');
  await symlink(elsewhere, path.join(members, '1'.repeat(16)));
  await symlink(elsewhere, path.join(members, 'other'));
  await writeFile(path.join(members, '2'.repeat(16)), 'none\n');
  const {events, unreadable} = readRunEvents(store, 'told');
  assert.deepEqual([events.length, unreadable], [2, 1]);
});

test('a run on this machine has one journal, whatever is beside it', async () => {
  await using folder = await TemporaryFolder.createInMemory();
  const store = {root: folder.path};
  const events = runStart([{name: 'a'}]);
  await writeClusterRun(
    store,
    events.map((event) => [0, event]),
    {
      [first]: [[1, begunAt(first, 'a')]],
    },
  );
  assert.deepEqual(readRunEvents(store, 'told').events, events);
});

test('a run without a journal has no events, and so have its members', async () => {
  await using folder = await TemporaryFolder.createInMemory();
  const store = {root: folder.path};
  await writeClusterRun(store, [[0, clusterStart(1)]], {[first]: [[1, begunAt(first, 'a')]]});
  await rename(journalPath(store, 'told'), path.join(folder.path, 'gone'));
  assert.deepEqual(readRunEvents(store, 'told'), {events: [], unreadable: 0, isTorn: false});
  assert.deepEqual(checkJournals(store), []);
});

test('what members did is found by the searches in journals', async () => {
  await using folder = await TemporaryFolder.createInMemory();
  const store = {root: folder.path};
  await writeClusterRun(store, [[0, clusterStart(1)]], {[first]: [[1, begunAt(first, 'a')]]});
  const trace = new InstanceTraces(store).latest('a' as InstanceId);
  assert.deepEqual([trace?.run, trace?.reasons], ['told', [{kind: 'never-run'}]]);
});
