import assert from 'node:assert/strict';
import {appendFile, mkdir, rmdir} from 'node:fs/promises';
import {test} from 'node:test';
import {readRunEvents} from '../../../src/journal/members/read-run-events.ts';
import {RunTail} from '../../../src/journal/members/run-tail.ts';
import {memberJournalPath} from '../../../src/store/layout.ts';
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

function kindsOf(tail: RunTail): readonly string[] {
  return tail.next().map(({kind}) => kind);
}

test('a tail gives each event once, and notices members that join later', async () => {
  await using folder = await TemporaryFolder.createInMemory();
  const store = {root: folder.path};
  const tail = new RunTail(store, 'told');
  assert.deepEqual(kindsOf(tail), []);
  await writeClusterRun(store, [[0, clusterStart(2)]]);
  assert.deepEqual(kindsOf(tail), ['run-started']);
  await tell(store, first, [
    [10, joined(first)],
    [20, begunAt(first, 'a')],
  ]);
  assert.deepEqual(kindsOf(tail), ['member-joined', 'started']);
  assert.deepEqual(kindsOf(tail), []);
  await tell(store, second, [
    [15, joined(second)],
    [25, begunAt(second, 'b')],
  ]);
  await tell(store, first, [[22, done('a')]]);
  assert.deepEqual(kindsOf(tail), ['member-joined', 'finished', 'started']);
  await tell(store, second, [
    [30, done('b')],
    [30, over('ok')],
  ]);
  assert.deepEqual(kindsOf(tail), ['finished', 'run-finished']);
  assert.equal(readRunEvents(store, 'told').events.length, 8);
});

test('a line that is not complete waits for its rest, and a journal that cannot be read has nothing new', async () => {
  await using folder = await TemporaryFolder.createInMemory();
  const store = {root: folder.path};
  await writeClusterRun(store, [[0, clusterStart(2)]], {[first]: [[1, joined(first)]]});
  const tail = new RunTail(store, 'told');
  assert.deepEqual(kindsOf(tail), ['run-started', 'member-joined']);
  const line = JSON.stringify({at: '2026-01-01T00:00:00.002Z', ...begunAt(first, 'a')});
  await appendFile(memberJournalPath(store, 'told', first), line.slice(0, 30));
  assert.deepEqual(kindsOf(tail), []);
  await appendFile(memberJournalPath(store, 'told', first), `${line.slice(30)}\n`);
  const other = memberJournalPath(store, 'told', second);
  await mkdir(other, {recursive: true});
  assert.deepEqual(kindsOf(tail), ['started']);
  await rmdir(other);
  await tell(store, second, [[3, joined(second)]]);
  assert.deepEqual(kindsOf(tail), ['member-joined']);
});

test('a run on this machine is followed by its journal alone', async () => {
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
  assert.deepEqual(new RunTail(store, 'told').next(), events);
});
