/** What `plan --on` and `doctor --on` say about a cluster under Slurm. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {Rig} from '../../support/program/rig.ts';
import {skipWithoutSlurm, SlurmRig} from '../../support/cluster/slurm-rig.ts';

const profile = `
kind: slurm
pools:
  gpu: {max: 4, gpus: 2, type: fake, cpus: 2, memory: 1G, time: 10m}
  cpu: {max: 2, cpus: 2, memory: 500M, time: 10m, partition: [low, high]}
`;

const pipeline = `
stages:
  word: {uses: say, matrix: {of: [a, b, c]}, with: {text: "\${matrix.of}"}}
  size: {uses: measure, matrix: {of: [a, b, c]}, inputs: {of: "word.out[of=\${matrix.of}]"}, resources: {gpu: 1}}
`;

async function rigOn(slurm: SlurmRig): Promise<Rig> {
  const rig = await Rig.create({
    ...slurm.environment,
    PIPELINE_PROBE_MS: '2000',
    PIPELINE_ASK_MS: '500',
  });
  await rig.write('clusters/hpc.yaml', profile);
  await rig.write('p.yaml', pipeline);
  return rig;
}

test('Slurm says when members of each pool could start', {skip: skipWithoutSlurm}, async () => {
  await using slurm = await SlurmRig.start();
  await using rig = await rigOn(slurm);
  const {code, stdout, stderr} = await rig.pipeline('plan', 'p.yaml', '--on', 'hpc');
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^gpu {2}2 members for 3 instances, /m);
  assert.match(stdout, /^cpu {2}2 members for 3 instances, /m);
  const starts = stdout.match(
    /^ +Slurm could start the first member at [-\d]+ [:\d]+, on n[01]\.$/gm,
  );
  assert.equal(starts?.length, 2, stdout);
  assert.match(stdout, /^ {2}sbatch .*--gpus-per-node=fake:2 .*member-gpu\.sh$/m);
  assert.match(stdout, /^ {2}sbatch .*--partition=low,high .*member-cpu\.sh$/m);
  assert.match(stdout, /^ {2}srun .* work \S+ --store \S+ --pool gpu /m);
  assert.deepEqual([await slurm.jobs(), await rig.stored('.')], [[], []]);
});

test(
  'a doctor lets one member of each pool of Slurm look around, and leaves nothing',
  {skip: skipWithoutSlurm},
  async () => {
    await using slurm = await SlurmRig.start();
    await using rig = await rigOn(slurm);
    const {code, stdout, stderr} = await rig.pipeline('doctor', '--on', 'hpc');
    assert.equal(code, 0, stdout + stderr);
    for (const said of [
      '✓ Slurm answers; it is asked by sbatch, squeue, scancel, scontrol.',
      '✓ Slurm requeues jobs (JobRequeue is 1).',
      '✓ An array of jobs has at most 1,001 (MaxArraySize); no pool has more members.',
      '✓ A member of gpu sees 2 GPUs on ',
      '✓ A member of gpu can use 1.0 GiB of memory on ',
      '✓ A member of cpu can use 2 CPUs on ',
      '✓ New files in the store are seen by a member of cpu and this machine',
      '✓ Heartbeats are seen by a member of gpu and this machine',
      'All is well.',
    ]) {
      assert.ok(stdout.includes(said), `${said} is not in\n${stdout}`);
    }
    assert.equal(stdout.match(/✓ Slurm would requeue the member/g)?.length, 2, stdout);
    assert.equal((await slurm.jobs()).length, 2);
    assert.deepEqual(await rig.stored('.'), ['store.json']);
  },
);
