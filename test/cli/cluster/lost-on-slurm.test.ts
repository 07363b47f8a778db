/** Members that a real Slurm, or somebody on its nodes, ends: others continue what they had begun. */
import assert from 'node:assert/strict';
import {after, before, describe, test} from 'node:test';
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
      await withLoss(async (rig) => killOne(await processesOf(rig, program)));
    });
  }
});

test('when a node is killed, the member on the other makes the same bytes', {skip}, async () => {
  // Each member takes the memory of a node.
  const pools = {cpu: {max: 2, cpus: 2, takes: 'cpu'}};
  await withLoss(async () => await slurm.kill('n1'), pools);
  await slurm.startNode('n1');
});

/** Ends one of two members that work, and expects the other to finish the work of both. */
async function withLoss(
  kill: (rig: Rig) => Promise<void>,
  pools?: OnSlurm['pools'],
): Promise<void> {
  await using rig = await rigOn(slurm, {...(pools && {pools})});
  await using gate = await Gate.open(rig.folder);
  await rig.write('p.yaml', two(gate.path));
  const viewer = rig.start(['run', 'p.yaml', '--on', 'hpc']);
  const stages = [await gate.arrival(), await gate.arrival()];
  await kill(rig);
  const lost = await Promise.race(stages.map(async (stage) => (await stage.gone, stage)));
  for (const stage of stages) if (stage !== lost) stage.let('go');
  (await gate.arrival()).let('go');
  assertCode(await viewer.finished, 0);
  assert.equal((await told(rig, 'resumed')).length, 1);
  assert.deepEqual([await told(rig, 'retrying'), await told(rig, 'failed')], [[], []]);
  assert.equal((await told(rig, 'run-finished')).length, 1);
  await isTheSame(rig, gate);
  // Slurm takes half a minute to see that a node is gone, and then gives its job another one.
  await slurm.call('scancel', `--name=distillery-${(await rig.runs())[0]}`);
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

/** Kills the first of some processes; `srun` has a second one for each step. */
function killOne(pids: readonly number[]): void {
  process.kill(Math.min(...pids), 'SIGKILL');
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
  else (await gate.arrival()).let('go');
  assertCode(await viewer.finished, 0);
  assert.equal((await told(rig, 'resumed')).length, 1);
  // Slurm itself has started the member again.
  assert.equal((await told(rig, 'submitted')).length, 1);
  assert.deepEqual([await told(rig, 'retrying'), await told(rig, 'failed')], [[], []]);
}

/** Forgets the results, and makes them on this machine without any loss. */
async function isTheSame(rig: Rig, gate: Gate): Promise<void> {
  const made = await results(rig);
  await rig.forget('records');
  const alone = rig.start(['run', 'p.yaml']);
  for (let stage = 0; stage < 2; stage++) (await gate.arrival()).let('go');
  assertCode(await alone.finished, 0);
  assert.deepEqual(await results(rig), made);
}
