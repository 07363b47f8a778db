/** Viewers of runs on a real Slurm: several of one run, one that goes, and people who cancel jobs by hand. */
import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';
import {
  assertCode,
  countedCalls,
  printed,
  rigOn,
  told,
  untilEmpty,
} from '../../support/cluster/on-slurm.ts';
import {skipWithoutSlurm, SlurmRig} from '../../support/cluster/slurm-rig.ts';
import {Gate, gatedPipeline} from '../../support/program/gate.ts';
import {TemporaryFolder} from '../../support/rigs/temporary-folder.ts';

const skip = skipWithoutSlurm;
let slurm: SlurmRig;
before(async () => {
  // A command gives up after 3 s instead of 10 s.
  if (skip === false) slurm = await SlurmRig.start(['MessageTimeout=3']);
});
after(async () => await slurm?.[Symbol.asyncDispose]());

const words = ['run', 'p.yaml', '--on', 'hpc'] as const;

test(
  'two viewers of one request ask once, even if Slurm does not answer while it takes the jobs',
  {skip},
  async () => {
    await using folder = await TemporaryFolder.create();
    const scripted = await countedCalls(folder.path);
    await using rig = await rigOn(slurm, {environment: scripted.environment});
    await using gate = await Gate.open(rig.folder);
    await rig.write('p.yaml', gatedPipeline(gate.path, 3));
    slurm.signalController('SIGSTOP');
    const viewers = [rig.start(words), rig.start(words)];
    // The first has given up when the controller goes on, which takes what it was sent.
    await slurm.until(async () => (await scripted.calls('squeue')).length > 0);
    slurm.signalController('SIGCONT');
    const stage = await gate.arrival();
    await Promise.race(viewers.map((viewer) => viewer.line('computes the same')));
    stage.let('go');
    for (const viewer of viewers) {
      const shown = await viewer.finished;
      assertCode(shown, 0);
      assert.match(shown.stdout, /^Results in artifacts/m);
    }
    assert.equal((await rig.runs()).length, 1);
    assert.equal((await told(rig, 'submitted')).length, 1);
    assert.equal((await told(rig, 'finished')).length, 2);
    assert.equal((await scripted.calls('sbatch')).length, 1);
    await untilEmpty(slurm);
  },
);

test(
  'jobs that a user cancels by hand save checkpoints, and none is asked for again',
  {skip},
  async () => {
    await using rig = await rigOn(slurm);
    await using gate = await Gate.open(rig.folder);
    await rig.write('p.yaml', gatedPipeline(gate.path, 60));
    const viewer = rig.start(words);
    const stage = await gate.arrival();
    const [run] = await rig.runs();
    await slurm.call('scancel', '--me', `--name=distillery-${run}`);
    await slurm.until(async () => (await printed(rig)).includes('Leaving (stop)'));
    stage.let('go');
    const ended = await viewer.finished;
    assertCode(ended, 75);
    assert.match(ended.stderr, /were cancelled: no more are asked for/);
    assert.deepEqual((await told(rig, 'suspended')).length, 1);
    assert.deepEqual((await told(rig, 'submitted')).length, 1);
    await untilEmpty(slurm);
  },
);

test('the viewer shows why members end that cannot start', {skip}, async () => {
  await using rig = await rigOn(slurm, {profile: {node: '/nowhere/node'}});
  await rig.write('p.yaml', 'stages: {a: {uses: say, with: {text: a}}}\n');
  const ended = await rig.start(words).finished;
  assertCode(ended, 75);
  const shown = /^! A member has ended\. The last line of its output \(out\/\d+_0\.txt\): (.*)$/gm;
  const lines = Array.from(ended.stderr.matchAll(shown), ([, line]) => line!);
  assert.deepEqual([lines.length, (await told(rig, 'submitted')).length], [1, 3]);
  assert.match(lines[0]!, /\/nowhere\/node: (not found|No such file)/);
  await untilEmpty(slurm);
});

test('a run goes on when the terminal of its viewer is gone', {skip}, async () => {
  await using rig = await rigOn(slurm);
  await using gate = await Gate.open(rig.folder);
  await rig.write('p.yaml', gatedPipeline(gate.path, 3));
  const viewer = rig.start(words);
  const stage = await gate.arrival();
  await viewer.line('submitted as');
  viewer.kill('SIGHUP');
  assertCode(await viewer.finished, 75);
  assert.equal((await slurm.jobs()).filter((job) => job.endsWith(' RUNNING')).length, 1);
  const attached = rig.start(['attach']);
  await attached.line('submitted as');
  stage.let('go');
  assertCode(await attached.finished, 0);
  assert.equal((await told(rig, 'finished')).length, 2);
});
