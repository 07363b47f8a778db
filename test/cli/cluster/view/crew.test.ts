import assert from 'node:assert/strict';
import {test} from 'node:test';
import {Crew} from '../../../../src/cli/cluster/view/crew.ts';
import type {ClusterRun} from '../../../../src/cli/cluster/cluster-run.ts';
import type {World} from '../../../../src/cli/world.ts';
import {usualWaits} from '../../../../src/schedule/delays.ts';
import {Members} from '../../../../src/store/claims/members.ts';
import {parseIdentity} from '../../../../src/store/claims/process-identity.ts';
import {closedPath} from '../../../../src/store/layout.ts';
import {readNote} from '../../../../src/store/note-file.ts';
import {clusterStart, writeClusterRun} from '../../../support/rigs/cluster-run.ts';
import {loadChoice} from '../../../support/rigs/run-in-process.ts';
import {TemporaryFolder} from '../../../support/rigs/temporary-folder.ts';

test('another machine sees that the viewer which ends a run lives, until it leaves', async () => {
  await using folder = await TemporaryFolder.create();
  const store = {root: folder.path};
  await writeClusterRun(store, [[0, clusterStart(1)]]);
  const files = {'p.yaml': 'stages: {a: {uses: say, with: {text: a}}}\n'};
  const {graph} = await loadChoice({files});
  const of = {run: 'told', store, graph, cluster: {name: 'lab', engine: {kind: 'slurm'}}};
  const world = {pid: process.pid, waits: usualWaits} as World;
  const closer = (): boolean => {
    const holder = parseIdentity(JSON.parse(readNote(closedPath(store, 'told'))!));
    const elsewhere = {...holder!, host: 'theirs', bootId: 'another', namespace: 'pid:[1]'};
    return new Members(store).isAlive(elsewhere);
  };
  {
    await using crew = new Crew(of as unknown as ClusterRun, () => assert.fail(), world);
    await crew.close();
    assert.equal(closer(), true);
  }
  assert.equal(closer(), false);
});
