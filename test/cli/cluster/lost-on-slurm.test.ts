/** Members that a real Slurm, or somebody on its nodes, ends: others continue what they had begun. */
import assert from 'node:assert/strict';
import {after, before, describe, test} from 'node:test';
import {ProcessSnapshot} from '../../../src/store/claims/attempt-processes.ts';
import {readProcess} from '../../../src/store/claims/process-table.ts';
import {
  assertCode,
  printed,
  processesOf,
  results,
  rigOn,
  told,
  type OnSlurm,
} from '../../support/cluster/on-slurm.ts';
import {skipWithoutSlurm, SlurmRig} from '../../support/cluster/slurm-rig.ts';
import {Gate, gatedPipeline} from '../../support/program/gate.ts';
import type {Rig} from '../../support/program/rig.ts';

const skip = skipWithoutSlurm;
/** Jobs of `sudden` are preempted without a warning, and those of `low` some seconds after one. */
const partitions = [
  'PartitionName=low Nodes=n0,n1 Default=YES State=UP PriorityTier=1 GraceTime=8',
  'PartitionName=sudden Nodes=n0,n1 State=UP PriorityTier=1',
  'PartitionName=high Nodes=n0,n1 State=UP PriorityTier=10',
];

let slurm: SlurmRig;
before(async () => {
  if (skip === false) slurm = await SlurmRig.start(partitions);
});
after(async () => await slurm?.[Symbol.asyncDispose]());

/** Each has two members, which fill a half of both nodes. */
describe('when the process or the step of a member is killed', {concurrency: true}, () => {
  for (const program of ['node', 'srun']) {
    test(`(${program}) another member makes the same bytes`, {skip}, async () => {
      await withLoss({kill: async (rig) => killOne(await processesOf(rig, program))});
    });
  }
});

/** Each member takes the memory of a node. */
const wholeNodes = {cpu: {max: 2, cpus: 2, takes: 'cpu'}};

test('when a node is killed, the member on the other makes the same bytes', {skip}, async () => {
  await withLoss({kill: async () => await slurm.kill('n1'), pools: wholeNodes});
  await slurm.startNode('n1');
});

test('a lost job that a person requeues joins as one more member', {skip}, async () => {
  await withLoss({
    kill: async (rig) => killOne(await processesOf(rig, 'node')),
    comeBack: async (rig) => await slurm.call('scontrol', 'requeue', await failedJob(rig)),
  });
});

test('the job of a node that dies and comes back joins as one more member', {skip}, async () => {
  const isDead = ['NodeName=n1', 'State=DOWN', 'Reason=dead'];
  await withLoss({
    kill: async () => await slurm.kill('n1'),
    comeBack: async () => {
      // Slurm requeues the job, for which it would otherwise take up to a minute.
      await slurm.call('scontrol', 'update', ...isDead);
      await slurm.startNode('n1');
    },
    pools: wholeNodes,
  });
});

interface Loss {
  readonly kill: (rig: Rig) => Promise<void>;
  /** Gives the allocation of the lost member to another one. Absent: the other member finishes the work of both. */
  readonly comeBack?: (rig: Rig) => Promise<unknown>;
  readonly pools?: OnSlurm['pools'];
}

/** Ends one of two members that work, and expects that its work is continued, once. */
async function withLoss({kill, comeBack, pools}: Loss): Promise<void> {
  // The viewer looks away: however slow the machine is, it does not ask for a member in the place of the lost one.
  const environment = {PIPELINE_ASK_MS: '3600000'};
  await using rig = await rigOn(slurm, {environment, ...(pools && {pools})});
  await using gate = await Gate.open(rig.folder);
  await rig.write('p.yaml', two(gate.path));
  const viewer = rig.start(['run', 'p.yaml', '--on', 'hpc']);
  const stages = [await gate.arrival(), await gate.arrival()];
  await kill(rig);
  const lost = await Promise.race(stages.map(async (stage) => (await stage.gone, stage)));
  const kept = stages.find((stage) => stage !== lost)!;
  // As long as its own stage waits, the other member has no place for the lost one.
  if (comeBack === undefined) kept.let('go');
  else await comeBack(rig);
  const again = await gate.arrival();
  if (comeBack !== undefined) await showsReturn(rig);
  for (const stage of [again, kept]) stage.let('go');
  gate.letRest('go');
  assertCode(await viewer.finished, 0);
  const jobs = (await told(rig, 'member-joined')).map(({job}) => job);
  assert.deepEqual([jobs.length, new Set(jobs).size], [comeBack === undefined ? 2 : 3, 2]);
  assert.equal((await told(rig, 'started')).length, 4);
  assert.equal((await told(rig, 'resumed')).length, 1);
  assert.deepEqual([await told(rig, 'retrying'), await told(rig, 'failed')], [[], []]);
  for (const kind of ['submitted', 'run-finished'] as const) {
    assert.equal((await told(rig, kind)).length, 1);
  }
  const run = await ofRun(rig);
  await isTheSame(rig);
  // Slurm takes half a minute to see that a node is gone, and then gives its job another one.
  await slurm.call('scancel', ...run);
}

/** Expects `status` to tell of two members at work, one that has died, and none to come. */
async function showsReturn(rig: Rig): Promise<void> {
  let stdout = '';
  // Members are there for the jobs that were asked for, of which one has had two. The first of these counts as dead when
  // it has been silent for some seconds.
  await slurm.until(async () => {
    ({stdout} = await rig.pipeline('status'));
    return stdout.includes('(2 members are at work)');
  });
  assert.equal(stdout.match(/^ {2}n[01].* {2}computes long\[of=[ab]\]$/gm)?.length, 2, stdout);
  assert.equal(stdout.match(/^ {2}n[01].* {2}has died$/gm)?.length, 1, stdout);
  assert.doesNotMatch(stdout, / turn$/m);
}

/** The number of the job whose member was killed, once it has failed. */
async function failedJob(rig: Rig): Promise<string> {
  const words = ['-h', '-r', '-t', 'FAILED', '-o', '%i', ...(await ofRun(rig))];
  let job = '';
  await slurm.until(async () => (job = (await slurm.call('squeue', ...words)).trim()) !== '');
  return job;
}

/** The words by which Slurm's commands choose the jobs of the newest run. */
async function ofRun(rig: Rig): Promise<readonly string[]> {
  return ['--me', `--name=distillery-${(await rig.runs()).at(-1)!}`];
}

test('when workers are killed, members go on, and a retry is used up', {skip}, async () => {
  // No member is lost, and a slow one must not be taken for one.
  const patiently = {PIPELINE_SILENCE_MS: '60000'};
  await using rig = await rigOn(slurm, {members: patiently, environment: patiently});
  await using gate = await Gate.open(rig.folder);
  await rig.write('p.yaml', withRetry(gate.path));
  const viewer = rig.start(['run', 'p.yaml', '--on', 'hpc', '--keep-going']);
  const stages = [await gate.arrival(), await gate.arrival()];
  const attempts = (await told(rig, 'started')).map(({attempt}) => attempt);
  assert.equal(attempts.length, 2);
  for (const attempt of attempts) killWorker(attempt);
  for (const stage of stages) await stage.gone;
  gate.letRest('go');
  const ran = await viewer.finished;
  assertCode(ran, 1);
  const end = 'Its process was ended by SIGKILL (perhaps because memory ran out).';
  assert.ok(ran.stdout.includes(`↺ again  ${end} Attempt 2 begins`), ran.stdout);
  assert.ok(ran.stdout.includes(`✗ once failed. ${end}`), ran.stdout);
  const resumed = (await told(rig, 'resumed')).map(({instance}) => String(instance));
  assert.deepEqual(resumed, ['again']);
  const lefts = (await told(rig, 'member-left')).map(({why}) => why);
  assert.deepEqual(lefts, ['failure', 'failure']);

  const next = rig.start(['run', 'p.yaml', '--on', 'hpc']);
  assertCode(await next.finished, 0);
  assert.equal((await told(rig, 'resumed')).length, 1);
  await isTheSame(rig);
});

/** Two stages that wait at a gate after two steps, one of which may crash once. */
function withRetry(gate: string): string {
  const more = `steps: 5, stopAt: 2, gate: "${gate}"}, resources: {cpus: 2}`;
  return `
stages:
  again: {uses: churn, with: {text: a, ${more}, retry: 1}
  once: {uses: churn, with: {text: b, ${more}}
  both: {uses: join, inputs: {parts: [again.out, once.out]}}
`;
}

/** Kills the process of an attempt, which has another number on the machine of its member. */
function killWorker(attempt: string): void {
  const [worker] = ProcessSnapshot.take()!.processesOf(attempt);
  process.kill(worker!.pid, 'SIGKILL');
}

/** A pipeline of two stages that wait at a gate after two steps. */
function two(gate: string): string {
  return `
stages:
  long:
    uses: churn
    resources: {cpus: 2}
    matrix: {of: [a, b]}
    with: {text: "\${matrix.of}", steps: 5, stopAt: 2, gate: "${gate}"}
  both: {uses: join, inputs: {parts: "long.out[*]"}}
`;
}

/** Kills one of some processes; `srun` has started a second one for each step, which is not meant. */
function killOne(pids: readonly number[]): void {
  const isFirst = (pid: number): boolean => !pids.includes(readProcess(pid)!.parent);
  process.kill(pids.find(isFirst)!, 'SIGKILL');
}

describe('when a member is preempted', {concurrency: true}, () => {
  test('after a warning, the run is continued', {skip}, async () => {
    await withPreemption({partition: 'low', node: 'n0'});
  });

  test('without a warning, the run is continued', {skip}, async () => {
    await withPreemption({partition: 'sudden', node: 'n1'});
  });
});

async function withPreemption(at: {
  readonly partition: 'low' | 'sudden';
  readonly node: string;
}): Promise<void> {
  const extra = [`--nodelist=${at.node}`];
  const pool = {max: 1, cpus: 2, takes: 'cpu', partition: at.partition, extra};
  await using rig = await rigOn(slurm, {pools: {cpu: pool}});
  await using gate = await Gate.open(rig.folder);
  await rig.write('p.yaml', gatedPipeline(gate.path, 5));
  const viewer = rig.start(['run', 'p.yaml', '--on', 'hpc']);
  const first = await gate.arrival();
  const urgent = ['--partition=high', ...extra, '--exclusive', '--output=/dev/null'];
  await slurm.call('sbatch', ...urgent, '--wrap', 'true');
  await slurm.until(async () => (await printed(rig)).includes('Leaving (stop)'));
  // Without a warning, Slurm kills the stage where it is.
  if (at.partition === 'low') first.let('go');
  gate.letRest('go');
  assertCode(await viewer.finished, 0);
  assert.equal((await told(rig, 'resumed')).length, 1);
  // Slurm itself has started the member again.
  assert.equal((await told(rig, 'submitted')).length, 1);
  assert.deepEqual([await told(rig, 'retrying'), await told(rig, 'failed')], [[], []]);
}

/** Forgets the results, and makes them on this machine without any loss. The gate must be open. */
async function isTheSame(rig: Rig): Promise<void> {
  const made = await results(rig);
  await rig.forget('records');
  assertCode(await rig.start(['run', 'p.yaml']).finished, 0);
  assert.deepEqual(await results(rig), made);
}
