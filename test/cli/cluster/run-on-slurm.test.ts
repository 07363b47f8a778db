/** Runs on a real Slurm of two nodes, each of which members see as a machine of its own. */
import assert from 'node:assert/strict';
import {readdir} from 'node:fs/promises';
import path from 'node:path';
import {after, before, test} from 'node:test';
import {readRunEvents} from '../../../src/journal/members/read-run-events.ts';
import type {RunEvent} from '../../../src/journal/event.ts';
import {asMachineOfItsOwn, skipWithoutSlurm, SlurmRig} from '../../support/cluster/slurm-rig.ts';
import {Gate, gatedPipeline} from '../../support/program/gate.ts';
import {Rig, type Finished} from '../../support/program/rig.ts';

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

/** A rig whose profile `hpc` is the Slurm of these tests. */
async function rigOn(): Promise<Rig> {
  const rig = await Rig.create({...slurm.environment, PIPELINE_ASK_MS: '1000'});
  const profile = {
    kind: 'slurm',
    // Members get no variables of the submitter's.
    setup: 'export PIPELINE_STOP_POLL_MS=200 PIPELINE_BEAT_MS=500 PIPELINE_SILENCE_MS=5000\n',
    container: asMachineOfItsOwn,
    pools: {cpu: {max: 2, cpus: 2, takes: 'cpu'}},
  };
  // JSON is YAML.
  await rig.write('clusters/hpc.yaml', JSON.stringify(profile));
  return rig;
}

async function history(rig: Rig): Promise<readonly RunEvent[]> {
  const store = {root: path.join(rig.folder, 'artifacts')};
  return readRunEvents(store, (await rig.runs()).at(-1)!).events;
}

async function results(rig: Rig): Promise<Readonly<Record<string, string>>> {
  const folder = `artifacts/runs/${(await rig.runs()).at(-1)!}/results`;
  const names = (await readdir(path.join(rig.folder, folder))).sort();
  const texts = await Promise.all(names.map((name) => rig.read(`${folder}/${name}`)));
  return Object.fromEntries(names.map((name, at) => [name, texts[at]!]));
}

function assertCode({code, stdout, stderr}: Finished, expected: number): void {
  assert.equal(code, expected, stdout + stderr);
}

test('members on two nodes make the same bytes as a run of this machine', {skip}, async () => {
  await using rig = await rigOn();
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
  await using rig = await rigOn();
  await using gate = await Gate.open(rig.folder);
  await rig.write('p.yaml', gatedPipeline(gate.path, 60));
  const viewer = rig.start(['run', 'p.yaml', '--on', 'hpc', '--stop-within', '1s']);
  await gate.arrival();
  viewer.kill('SIGINT');
  await viewer.line('Stopping');
  viewer.kill('SIGINT');
  await viewer.line('Cancelling');
  assertCode(await viewer.finished, 130);
  await slurm.until(async () => (await slurm.jobs()).every((job) => !/RUNNING|PENDING/.test(job)));
  const ends = (await history(rig)).filter(({kind}) => kind === 'run-finished');
  assert.equal(ends.length, 1);
});

test(
  'a run ends although Slurm is dead, which nobody needs while members are at work',
  {skip},
  async () => {
    await using rig = await rigOn();
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
