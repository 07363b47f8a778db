/** Tests the commands that read runs on a run whose members have journals of their own. */
import assert from 'node:assert/strict';
import {readFile, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {test} from 'node:test';
import type {Parts} from '../../../src/page/model/parts.ts';
import {
  begunAt,
  clusterStart,
  first,
  joined,
  second,
  tell,
  writeClusterRun,
  type Told,
} from '../../support/rigs/cluster-run.ts';
import {done, over} from '../../support/rigs/told-run.ts';
import {Rig} from '../../support/program/rig.ts';

const own: Told = [
  [0, clusterStart(4)],
  [1, {kind: 'submitted', pool: 'gpu', members: 3, job: '7'}],
];

/** One member works and another one has died; each has finished an instance and runs another. */
const members: Readonly<Record<string, Told>> = {
  [first]: [
    [10, joined(first, {job: '7_0'})],
    [20, begunAt(first, 'one')],
    [40, done('one')],
    [50, begunAt(first, 'three')],
  ],
  [second]: [
    [11, joined(second, {job: '7_1', isAlive: false})],
    [21, begunAt(second, 'two')],
    [31, done('two')],
    [41, begunAt(second, 'four')],
  ],
};

async function clusterRig(toldBy = members): Promise<{readonly rig: Rig; readonly root: string}> {
  const rig = await Rig.create();
  await rig.write('artifacts/store.json', '{"format": 1}');
  const root = path.join(rig.folder, 'artifacts');
  await writeClusterRun({root}, own, toldBy);
  return {rig, root};
}

test('status tells which members are at work, which have died, and how many are to come', async () => {
  const {rig: made} = await clusterRig();
  await using rig = made;
  const {code, stdout} = await rig.pipeline('status', 'told');
  assert.equal(code, 0);
  assert.match(stdout, /, running for .* on hpc \(1 member is at work\)\.\n/);
  assert.match(stdout, / {2}4 instances: 2 ran, 2 running\.\n/);
  assert.match(
    stdout,
    /\nMembers\n {2}node-a \(gpu, job 7_0\) {2}computes three\n {2}node-b \(gpu, job 7_1\) {2}has died; it was computing four\n {2}1 member of gpu waits for its turn\n/,
  );
  assert.match(stdout, /\nRunning\n {2}four {3}node-b\/cpu:0 .*\n {2}three {2}node-a\/cpu:0 /);
});

test('status for programs has the members, with what they run', async () => {
  const {rig: made} = await clusterRig();
  await using rig = made;
  const status = JSON.parse((await rig.pipeline('status', 'told', '--json')).stdout) as {
    readonly outcome: string;
    readonly cluster: string;
    readonly members: readonly Readonly<Record<string, unknown>>[];
    readonly awaited: object;
    readonly instances: readonly {readonly standing: string}[];
  };
  assert.deepEqual([status.outcome, status.cluster, status.awaited], ['running', 'hpc', {gpu: 1}]);
  assert.deepEqual(
    status.members.map(({member, name, job, standing, running}) => [
      member,
      name,
      job,
      standing,
      running,
    ]),
    [
      [first, 'node-a', '7_0', 'working', ['three']],
      [second, 'node-b', '7_1', 'dead', ['four']],
    ],
  );
  assert.equal(status.instances.filter(({standing}) => standing === 'finished').length, 2);
});

test('a run whose members have not joined waits for its turn, and is over when its last member has left', async () => {
  const {rig: made, root} = await clusterRig({});
  await using rig = made;
  const outcomeOf = async (): Promise<unknown> =>
    (JSON.parse((await rig.pipeline('status', 'told', '--json')).stdout) as {outcome: unknown})
      .outcome;
  assert.equal(await outcomeOf(), 'submitted');
  const {stdout} = await rig.pipeline('status', 'told');
  assert.match(stdout, /, waiting for its turn on hpc \(no member is at work\)\.\n/);
  assert.match(stdout, /\nMembers\n {2}3 members of gpu wait for their turn\n/);
  for (const [index, member] of [first, second, 'c'.repeat(16)].entries()) {
    await tell({root}, member, [
      [10, joined(member, {job: `7_${index}`})],
      [20, {kind: 'member-left', member, name: 'node', why: 'time'}],
    ]);
  }
  // Their allocations go on.
  assert.equal(await outcomeOf(), 'submitted');
  for (const [index, member] of ['d', 'e', 'f'].map((digit) => digit.repeat(16)).entries()) {
    await tell({root}, member, [
      [30, joined(member, {job: `7_${index}`})],
      [40, {kind: 'member-left', member, name: 'node', why: 'stop'}],
    ]);
  }
  assert.equal(await outcomeOf(), 'killed');
  await tell({root}, first, [[50, over('ok')]]);
  assert.equal(await outcomeOf(), 'ok');
  assert.doesNotMatch((await rig.pipeline('status', 'told')).stdout, /Members/);
});

test('logs are those in the folders of members, and are followed from member to member', async () => {
  const {rig: made, root} = await clusterRig();
  await using rig = made;
  const logOf = (member: string, instance: string): string =>
    path.join(root, 'runs/told/members', member, `logs/${instance}.log`);
  await writeFile(logOf(first, 'one'), 'one was here\n');
  await writeFile(logOf(second, 'four'), 'four begins\n');
  assert.equal((await rig.pipeline('logs', 'told', 'one')).stdout, 'one was here\n');
  const follower = rig.start(['logs', '-f', 'told', 'four']);
  await follower.line('four │ four begins\n');
  await tell({root}, first, [[60, begunAt(first, 'four')]]);
  await writeFile(logOf(first, 'four'), 'four again\n');
  await follower.line('four │ four again\n');
  await tell({root}, 'c'.repeat(16), [
    [70, done('four')],
    [80, over('ok')],
  ]);
  const {code, stdout} = await follower.finished;
  assert.deepEqual([code, stdout], [0, 'four │ four begins\nfour │ four again\n']);
});

test('the page of the run has a lane for each device of its members', async () => {
  const {rig: made} = await clusterRig();
  await using rig = made;
  assert.equal((await rig.pipeline('report', 'told', '-o', 'r.html')).code, 0);
  const html = await readFile(path.join(rig.folder, 'r.html'), 'utf8');
  const json = /<script type="application\/json" id="parts">(.*?)<\/script>/s.exec(html)![1]!;
  const {timeline, overview} = JSON.parse(json) as Parts;
  assert.deepEqual(timeline.lanes, ['node-a/cpu:0', 'node-b/cpu:0']);
  assert.deepEqual(
    timeline.bars.map(({id, lane, state}) => [id, lane, state]),
    [
      ['one', 0, 'finished'],
      ['two', 1, 'finished'],
      ['four', 1, 'lost'],
      ['three', 0, 'running'],
    ],
  );
  assert.deepEqual(overview.counts, {finished: 2, running: 2});
});

test('a run with members at work is not removed', async () => {
  const {rig: made, root} = await clusterRig();
  await using rig = made;
  const {code, stderr} = await rig.pipeline('rm', 'told');
  assert.equal(code, 2);
  assert.match(stderr, /Run told is going on on hpc\. To stop it: pipeline stop told/);
  await tell({root}, first, [
    [60, {kind: 'member-left', member: first, name: 'node-a', why: 'stop'}],
  ]);
  // The member that is to come may still come.
  assert.match((await rig.pipeline('rm', 'told')).stderr, /whether run told goes on on hpc/);
  await tell({root}, 'c'.repeat(16), [[60, joined('c'.repeat(16), {isAlive: false})]]);
  await writeFile(path.join(root, 'runs/told/members', first, 'logs/one.log'), 'one\n');
  const removed = await rig.pipeline('rm', 'told');
  assert.equal(removed.code, 0);
  assert.match(removed.stdout, /^Removed told: .*\b1 log\b/);
});
