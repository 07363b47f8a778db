import assert from 'node:assert/strict';
import {appendFile, utimes} from 'node:fs/promises';
import {test} from 'node:test';
import {findNeeds} from '../../src/schedule/find-needs.ts';
import {journalPath, memberJournalPath, type Store} from '../../src/store/layout.ts';
import {
  begunAt,
  clusterStart,
  first,
  joined,
  second,
  tell,
  writeClusterRun,
} from '../support/rigs/cluster-run.ts';
import {done, keyOf, over} from '../support/rigs/told-run.ts';
import {TemporaryFolder} from '../support/rigs/temporary-folder.ts';

async function neededBy(store: Store): Promise<readonly [runs: unknown, keys: unknown]> {
  const {runs, keys} = await findNeeds(store);
  return [[...runs.values()].map(({kind}) => kind), [...keys.keys()].sort()];
}

const [live, ended] = [['live'], []];

test('a run needs what its members have decided about, while one of them is alive', async () => {
  await using folder = await TemporaryFolder.createInMemory();
  const store = {root: folder.path};
  await writeClusterRun(store, [[0, clusterStart(2)]], {
    [first]: [
      [1, joined(first)],
      [2, begunAt(first, 'a')],
    ],
    [second]: [
      [1, joined(second, {isAlive: false})],
      [2, begunAt(second, 'b')],
      [3, done('b')],
    ],
  });
  assert.deepEqual(await neededBy(store), [live, [keyOf('a'), keyOf('b')].sort()]);
  await tell(store, first, [
    [4, {kind: 'member-left', member: first, name: 'node-a', why: 'idle'}],
  ]);
  assert.deepEqual(await neededBy(store), [ended, []]);
});

test('a run whose members wait for their turn needs its folder, unless nothing has come of it for a month', async () => {
  await using folder = await TemporaryFolder.createInMemory();
  const store = {root: folder.path};
  await writeClusterRun(store, [
    [0, clusterStart(2)],
    [1, {kind: 'submitted', pool: 'gpu', members: 1, job: '7'}],
  ]);
  assert.deepEqual((await neededBy(store))[0], live);
  const longAgo = Date.now() / 1000 - 31 * 24 * 3600;
  await utimes(journalPath(store, 'told'), longAgo, longAgo);
  assert.deepEqual((await neededBy(store))[0], ended);
});

test('a run that is over needs nothing, though a member has not said that it leaves', async () => {
  await using folder = await TemporaryFolder.createInMemory();
  const store = {root: folder.path};
  await writeClusterRun(store, [[0, clusterStart(1)]], {
    [first]: [
      [1, joined(first)],
      [2, begunAt(first, 'a')],
      [3, done('a')],
      [4, over('ok')],
    ],
  });
  assert.deepEqual(await neededBy(store), [ended, []]);
});

test('the needs of a run are not known if a line of a member is no event', async () => {
  await using folder = await TemporaryFolder.createInMemory();
  const store = {root: folder.path};
  await writeClusterRun(store, [[0, clusterStart(1)]], {[first]: [[1, joined(first)]]});
  await appendFile(memberJournalPath(store, 'told', first), 'none\n');
  await assert.rejects(findNeeds(store), SyntaxError);
});
