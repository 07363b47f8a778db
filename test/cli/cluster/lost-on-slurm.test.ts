/** Members that a real Slurm, or somebody on its nodes, ends: others continue what they had begun. */
import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';
import {
  assertCode,
  printed,
  processesOf,
  results,
  rigOn,
  told,
  untilEmpty,
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

const ways = {
  'the process of a member': async (rig: Rig) => killOne(await processesOf(rig, 'node')),
  'the step of a member': async (rig: Rig) => killOne(await processesOf(rig, 'srun')),
  'the node of a member': async () => {
    const [node] = await busyNodes();
    await slurm.kill(node!);
    return async () => await slurm.startNode(node!);
  },
};

for (const [what, kill] of Object.entries(ways)) {
  test(`when ${what} is killed, another member makes the same bytes`, {skip}, async () => {
    await using rig = await rigOn(slurm);
    await using gate = await Gate.open(rig.folder);
    await rig.write('p.yaml', two(gate.path));
    const viewer = rig.start(['run', 'p.yaml', '--on', 'hpc']);
    const stages = [await gate.arrival(), await gate.arrival()];
    const restore = await kill(rig);
    try {
      const lost = await Promise.race(stages.map(async (stage) => (await stage.gone, stage)));
      for (const stage of stages) if (stage !== lost) stage.let('go');
      (await gate.arrival()).let('go');
      assertCode(await viewer.finished, 0);
    } finally {
      await restore?.();
    }
    assert.equal((await told(rig, 'resumed')).length, 1);
    assert.equal((await told(rig, 'retrying')).length, 0);
    assert.equal((await told(rig, 'run-finished')).length, 1);
    await isTheSame(rig, gate);
    // Slurm takes half a minute to see that a node is gone, and then gives its job another one.
    await slurm.call('scancel', '--me');
    await untilEmpty(slurm);
  });
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
function killOne(pids: readonly number[]): undefined {
  process.kill(Math.min(...pids), 'SIGKILL');
}

async function busyNodes(): Promise<readonly ('n0' | 'n1')[]> {
  const text = await slurm.call('squeue', '-h', '-t', 'RUNNING', '-o', '%N');
  return text.split('\n').filter((name) => name === 'n0' || name === 'n1');
}

for (const [how, partition] of [
  ['with', 'low'],
  ['without', 'sudden'],
] as const) {
  test(`a run is continued after a preemption ${how} a warning`, {skip}, async () => {
    const pool = {max: 1, cpus: 2, takes: 'cpu', partition, extra: ['--nodelist=n0']};
    await using rig = await rigOn(slurm, {pools: {cpu: pool}});
    await using gate = await Gate.open(rig.folder);
    await rig.write('p.yaml', gatedPipeline(gate.path, 5));
    const viewer = rig.start(['run', 'p.yaml', '--on', 'hpc']);
    const first = await gate.arrival();
    const urgent = ['--partition=high', '--nodelist=n0', '--exclusive', '--output=/dev/null'];
    await slurm.call('sbatch', ...urgent, '--wrap', 'true');
    if (how === 'with') {
      await slurm.until(async () => (await printed(rig)).includes('Leaving (stop)'));
      first.let('go');
    } else (await gate.arrival()).let('go');
    assertCode(await viewer.finished, 0);
    assert.equal((await told(rig, 'resumed')).length, 1);
    assert.equal((await told(rig, 'submitted')).length, 1);
    assert.deepEqual([await told(rig, 'retrying'), await told(rig, 'failed')], [[], []]);
    await untilEmpty(slurm);
  });
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
