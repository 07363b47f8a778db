/** Runs on a real Slurm of two nodes, each of which members see as a machine of its own. */
import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';
import {assertCode, history, results, rigOn, untilEmpty} from '../../support/cluster/on-slurm.ts';
import {skipWithoutSlurm, SlurmRig} from '../../support/cluster/slurm-rig.ts';
import {Gate, gatedPipeline} from '../../support/program/gate.ts';

const skip = skipWithoutSlurm;
let slurm: SlurmRig;
before(async () => {
  if (skip === false) slurm = await SlurmRig.start();
});
after(async () => await slurm?.[Symbol.asyncDispose]());

const pipeline = `
stages:
  word: {uses: say, matrix: {of: [a, b, c, d, e, f, g, h]}, with: {text: "\${matrix.of}"}}
  joined: {uses: join, inputs: {parts: "word.out[*]"}}
  size: {uses: measure, inputs: {of: joined.out}}
`;

test('members on two nodes make the same bytes as a run of this machine', {skip}, async () => {
  await using rig = await rigOn(slurm);
  await rig.write('p.yaml', pipeline);
  const ran = await rig.start(['run', 'p.yaml', '--on', 'hpc']).finished;
  assertCode(ran, 0);
  assert.match(ran.stdout, /^• 2 members of cpu submitted as \d+$/m);
  const made = await results(rig);
  const events = await history(rig);
  const ends = events.filter(({kind}) => kind === 'run-finished' || kind === 'finished');
  assert.equal(ends.length, 11);

  await rig.forget('records');
  await rig.forget('cas');
  assertCode(await rig.pipeline('run', 'p.yaml'), 0);
  assert.deepEqual(await results(rig), made);
});

test('a second Ctrl-C empties the queue of Slurm', {skip}, async () => {
  await using rig = await rigOn(slurm);
  await using gate = await Gate.open(rig.folder);
  await rig.write('p.yaml', gatedPipeline(gate.path, 60));
  const viewer = rig.start(['run', 'p.yaml', '--on', 'hpc', '--stop-within', '1s']);
  await gate.arrival();
  await viewer.line('submitted as');
  viewer.kill('SIGINT');
  await viewer.line('Stopping');
  viewer.kill('SIGINT');
  await viewer.line('Cancelling');
  assertCode(await viewer.finished, 130);
  await untilEmpty(slurm);
  const ends = (await history(rig)).filter(({kind}) => kind === 'run-finished');
  assert.equal(ends.length, 1);
});

test(
  'a run ends although Slurm is dead, which nobody needs while members are at work',
  {skip},
  async () => {
    await using rig = await rigOn(slurm);
    await using gate = await Gate.open(rig.folder);
    await rig.write('p.yaml', gatedPipeline(gate.path, 3));
    const viewer = rig.start(['run', 'p.yaml', '--on', 'hpc']);
    const stage = await gate.arrival();
    await slurm.kill('slurmctld');
    try {
      stage.let('go');
      const ran = await viewer.finished;
      assertCode(ran, 0);
      assert.doesNotMatch(ran.stderr, /does not answer/);
    } finally {
      await slurm.startController();
    }
  },
);
