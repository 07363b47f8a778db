import assert from 'node:assert/strict';
import {mkdir, utimes, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {test} from 'node:test';
import {findSameRun} from '../../../src/cli/cluster/find-same-run.ts';
import {readRequest, type RunRequest} from '../../../src/cluster/request.ts';
import type {QueuedMember} from '../../../src/cluster/engine.ts';
import {readRun} from '../../../src/journal/run-account.ts';
import {Recorder} from '../../../src/schedule/recorder.ts';
import {processIdentity} from '../../../src/store/claims/process-identity.ts';
import {memberPath, runMemberFolder} from '../../../src/store/layout.ts';
import {Rig} from '../../support/program/rig.ts';
import {SubmittedRun} from '../../support/rigs/submitted-run.ts';

const member = 'aaaaaaaaaaaaaaaa';
const elsewhere = {
  ...processIdentity(process.pid),
  host: 'theirs',
  bootId: 'another',
  namespace: 'pid:[1]',
};

/** A run whose viewer is on another machine and no more, and whose member had its last heartbeat at a time. */
async function submitted(rig: Rig, beatAgoMs: number): Promise<SubmittedRun> {
  await rig.write('p.yaml', 'stages: {a: {uses: say, with: {text: a}}}\n');
  const run = await SubmittedRun.submit(rig, {}, elsewhere);
  await mkdir(runMemberFolder(run.store, run.run, member), {recursive: true});
  const recorder = new Recorder(runMemberFolder(run.store, run.run, member), () => undefined);
  const head = {...elsewhere, member};
  recorder.emit({kind: 'member-joined', head, name: 'node', pool: 'main', devices: []});
  recorder.close();
  const file = memberPath(run.store, member);
  await mkdir(path.dirname(file), {recursive: true});
  await writeFile(file, JSON.stringify({beat: '1', ...head, silenceMs: 90_000}));
  const beat = new Date(Date.now() - beatAgoMs);
  await utimes(file, beat, beat);
  return run;
}

function requestOf({store, run}: SubmittedRun): RunRequest {
  const found = readRequest(store, run);
  return found.kind === 'found' ? found.request : assert.fail(found.message);
}

test('a run whose member was last heard of days ago does not go on', async () => {
  await using rig = await Rig.create();
  const run = await submitted(rig, 3 * 86_400_000);
  const {isLive, members} = readRun(run.store, run.run);
  assert.deepEqual([isLive, members.map(({standing}) => standing)], [false, ['dead']]);
  const request = requestOf(run);
  const find = async (queue: readonly QueuedMember[] | undefined): Promise<string | undefined> =>
    await findSameRun(run.store, request, {list: async () => await Promise.resolve(queue)});
  assert.equal(await find([]), undefined);
  assert.equal(await find([{job: '7_0', state: 'waiting', word: 'Priority'}]), run.run);
  assert.equal(await find(undefined), run.run);
});

test('a cluster that says that a run has no members is believed, whatever heartbeats say', async () => {
  await using rig = await Rig.create();
  const run = await submitted(rig, 0);
  assert.equal(readRun(run.store, run.run).isLive, true);
  const list = async (): Promise<readonly QueuedMember[]> => await Promise.resolve([]);
  assert.equal(await findSameRun(run.store, requestOf(run), {list}), undefined);
});
