/** Runs on a cluster: what a viewer asks for, what it shows, and what is left to members. */
import assert from 'node:assert/strict';
import {readdir} from 'node:fs/promises';
import path from 'node:path';
import {test} from 'node:test';
import {setTimeout} from 'node:timers/promises';
import {readRunEvents} from '../../../src/journal/members/read-run-events.ts';
import type {RunEvent} from '../../../src/journal/event.ts';
import {withRequest} from '../../../src/cli/cluster/find-same-run.ts';
import {readRequest} from '../../../src/cluster/request.ts';
import {processIdentity} from '../../../src/store/claims/process-identity.ts';
import {LocalBatch} from '../../support/cluster/local-batch.ts';
import {ScriptedPrograms} from '../../support/cluster/scripted-programs.ts';
import {Gate, gatedPipeline} from '../../support/program/gate.ts';
import {Rig, type Finished} from '../../support/program/rig.ts';
import {signalAll} from '../../support/rigs/hosts.ts';
import {TemporaryFolder} from '../../support/rigs/temporary-folder.ts';

const pipeline = `
stages:
  word: {uses: say, matrix: {of: [a, b, c, d, e, f]}, with: {text: "\${matrix.of}"}}
  joined: {uses: join, inputs: {parts: "word.out[*]"}}
  size: {uses: measure, inputs: {of: joined.out}}
`;

/** All events of the newest run, or of the one that is named. */
async function history(rig: Rig, run?: string): Promise<readonly RunEvent[]> {
  const store = {root: path.join(rig.folder, 'artifacts')};
  return readRunEvents(store, run ?? (await rig.runs()).at(-1)!).events;
}

function count(events: readonly RunEvent[], kind: RunEvent['kind']): number {
  return events.filter((event) => event.kind === kind).length;
}

/** The bytes of the results of the newest run, by their names. */
async function results(rig: Rig): Promise<Readonly<Record<string, string>>> {
  const folder = `artifacts/runs/${(await rig.runs()).at(-1)!}/results`;
  const names = (await readdir(path.join(rig.folder, folder))).sort();
  const texts = await Promise.all(names.map((name) => rig.read(`${folder}/${name}`)));
  return Object.fromEntries(names.map((name, at) => [name, texts[at]!]));
}

async function letAll(gate: Gate): Promise<never> {
  for (;;) (await gate.arrival()).let('go');
}

function assertCode({code, stdout, stderr}: Finished, expected: number): void {
  assert.equal(code, expected, stdout + stderr);
}

test('members on a cluster make the same bytes as a run of this machine', async () => {
  await using batch = await LocalBatch.create();
  const {rig} = batch;
  await rig.write('p.yaml', pipeline);
  const ran = await rig.start(['run', 'p.yaml', '--on', 'here']).finished;
  assertCode(ran, 0);
  assert.match(ran.stdout, /^• 3 members of any submitted as /m);
  assert.match(ran.stdout, /^Done in .*: 8 ran\.$/m);
  assert.match(ran.stdout, /^Results in artifacts/m);
  const made = await results(rig);
  assert.equal(await batch.submissions(), 1);
  const events = await history(rig);
  assert.deepEqual([count(events, 'finished'), count(events, 'run-finished')], [8, 1]);

  await rig.forget('records');
  await rig.forget('cas');
  assertCode(await rig.pipeline('run', 'p.yaml'), 0);
  assert.deepEqual(await results(rig), made);
});

test('what is stored needs no cluster', async () => {
  await using batch = await LocalBatch.create();
  const {rig} = batch;
  await rig.write('p.yaml', pipeline);
  assertCode(await rig.pipeline('run', 'p.yaml'), 0);
  const again = await rig.pipeline('run', 'p.yaml', '--on', 'here');
  assertCode(again, 0);
  assert.match(again.stdout, /^Done in .*: 0 ran, 8 stored already/m);
  assert.deepEqual(await batch.calls(), []);
});

test('what no pool can give is refused before anything is written or submitted', async () => {
  await using batch = await LocalBatch.create();
  const {rig} = batch;
  await rig.write('p.yaml', 'stages: {a: {uses: say, with: {text: a}, resources: {gpu: 1}}}\n');
  const refused = await rig.pipeline('run', 'p.yaml', '--on', 'here');
  assertCode(refused, 3);
  assert.match(refused.stderr, /p\.yaml:1:/);
  assert.deepEqual(await batch.calls(), []);
  assert.deepEqual(await rig.stored('.'), []);
});

test('a cluster that refuses members leaves no run behind', async () => {
  await using batch = await LocalBatch.create();
  const {rig} = batch;
  await rig.write('p.yaml', pipeline);
  await batch.behave('refuses');
  const refused = await rig.pipeline('run', 'p.yaml', '--on', 'here');
  assertCode(refused, 3);
  assert.match(refused.stderr, /no such partition/);
  assert.deepEqual(await rig.runs(), []);
});

test('a cluster that accepts no member for a limit leaves no run to a user who goes away', async () => {
  await using folder = await TemporaryFolder.create();
  const sbatch = 'echo "sbatch: error: AssocMaxSubmitJobLimit" >&2; exit 1';
  const scripted = await ScriptedPrograms.create(folder.path, {sbatch, squeue: 'exit 0'});
  await using rig = await Rig.create(scripted.environment);
  await rig.write('clusters/hpc.yaml', 'kind: slurm\npools: {cpu: {max: 2, time: 10m}}\n');
  await rig.write('p.yaml', pipeline);
  const refused = await rig.pipeline('run', 'p.yaml', '--on', 'hpc', '--detach');
  assertCode(refused, 3);
  assert.match(refused.stderr, /AssocMaxSubmitJobLimit/);
  assert.match(refused.stderr, /Slurm accepts no member .* with --detach nobody asks again/s);
  assert.deepEqual(await rig.runs(), []);
});

test('a dry run shows the commands and the scripts, and writes nothing', async () => {
  await using batch = await LocalBatch.create();
  const {rig} = batch;
  await rig.write('p.yaml', pipeline);
  const shown = await rig.pipeline('run', 'p.yaml', '--on', 'here', '--dry-run');
  assertCode(shown, 0);
  assert.match(shown.stdout, /^any {2}3 members for 8 instances/m);
  assert.match(shown.stdout, /batch submit \S+member-any\.sh 3 /);
  assert.match(shown.stdout, / work \S+ --store /);
  assert.deepEqual([await batch.calls(), await rig.stored('.')], [[], []]);
  const alone = await rig.pipeline('run', 'p.yaml', '--dry-run');
  assertCode(alone, 2);
  assert.match(alone.stderr, /--dry-run goes with --on: `pipeline plan` shows/);
});

test('two viewers of one request ask for members once, and both show the results', async () => {
  await using batch = await LocalBatch.create();
  const {rig} = batch;
  await using gate = await Gate.open(rig.folder);
  await rig.write('p.yaml', gatedPipeline(gate.path, 3));
  const words = ['run', 'p.yaml', '--on', 'here'];
  const viewers = [rig.start(words), rig.start(words)];
  const stage = await gate.arrival();
  await Promise.race(viewers.map((viewer) => viewer.line('computes the same')));
  stage.let('go');
  for (const viewer of viewers) {
    const shown = await viewer.finished;
    assertCode(shown, 0);
    assert.match(shown.stdout, /^Results in artifacts/m);
  }
  assert.equal(await batch.submissions(), 1);
  assert.equal((await rig.runs()).length, 1);
});

test('a viewer that comes to submit after another run has stored everything submits nothing', async () => {
  await using batch = await LocalBatch.create();
  const {rig} = batch;
  await using gate = await Gate.open(rig.folder);
  await rig.write('p.yaml', gatedPipeline(gate.path, 3));
  const words = ['run', 'p.yaml', '--on', 'here'];
  const first = rig.start(words);
  const stage = await gate.arrival();
  const [run] = await rig.runs();
  const store = {root: path.join(rig.folder, 'artifacts')};
  const found = readRequest(store, run!);
  const request = found.kind === 'found' ? found.request : assert.fail(found.message);
  const second = await withRequest(
    {store, request},
    {head: {...processIdentity(process.pid), member: '0123456789abcdef'}},
    async () => {
      const living = (await rig.stored('members')).length;
      const viewer = rig.start(words);
      // It is a member of the store as soon as it has planned, and waits.
      while ((await rig.stored('members')).length === living) await setTimeout(20);
      stage.let('go');
      assertCode(await first.finished, 0);
      return viewer;
    },
  );
  const shown = await second.finished;
  assertCode(shown, 0);
  assert.match(shown.stdout, /^Done in .*: 0 ran, 2 stored already/m);
  assert.equal(await batch.submissions(), 1);
});

test('members that are lost are asked for again, and what they had begun is continued', async () => {
  await using batch = await LocalBatch.create();
  const {rig} = batch;
  await using gate = await Gate.open(rig.folder);
  await rig.write('p.yaml', gatedPipeline(gate.path, 3));
  const viewer = rig.start(['run', 'p.yaml', '--on', 'here']);
  const stage = await gate.arrival();
  const [run] = await rig.runs();
  for (const group of batch.members(run!)) process.kill(-group, 'SIGKILL');
  process.kill(stage.pid, 'SIGKILL');
  (await gate.arrival()).let('go');
  assertCode(await viewer.finished, 0);
  assert.equal(await batch.submissions(), 2);
  const events = await history(rig);
  assert.deepEqual([count(events, 'resumed'), count(events, 'finished')], [1, 2]);
});

const limit = {timeout: 300_000};
test(
  'a lost member is replaced once while others are at work, however many viewers there are',
  limit,
  async () => {
    await using batch = await LocalBatch.create();
    const {rig} = batch;
    await using gate = await Gate.open(rig.folder);
    // Each takes both cores of a member.
    const stages = ['one', 'two'].map(
      (name) =>
        `${name}: {uses: say, with: {text: ${name}, gate: "${gate.path}"}, resources: {cpus: 2}}`,
    );
    await rig.write('p.yaml', `stages:\n  ${stages.join('\n  ')}\n`);
    const viewers = [rig.start(['run', 'p.yaml', '--on', 'here'])];
    const arrivals = [await gate.arrival(), await gate.arrival()];
    const [run] = await rig.runs();
    viewers.push(rig.start(['attach', run!]));
    await viewers[1]!.line('submitted as');
    const [lost] = batch.members(run!);
    signalAll(lost!, 'SIGKILL');
    await viewers[0]!.line('1 member of any submitted as');
    const asked = (await batch.calls()).length;
    // Both viewers ask how it stands.
    while ((await batch.calls()).length < asked + 4) await setTimeout(50);
    void letAll(gate);
    for (const arrival of arrivals) arrival.let('go');
    for (const viewer of viewers) assertCode(await viewer.finished, 0);
    const submitted = (await history(rig)).filter((event) => event.kind === 'submitted');
    assert.deepEqual(
      submitted.map(({members}) => members),
      [2, 1],
    );
  },
);

test('a run that has failed asks for no other members when its last one is lost', async () => {
  await using batch = await LocalBatch.create();
  const {rig} = batch;
  await using gate = await Gate.open(rig.folder);
  const other = `other: {uses: say, with: {text: other, gate: "${gate.path}"}}`;
  await rig.write('p.yaml', `${gatedPipeline(gate.path, 3)}  ${other}\n`);
  const viewer = rig.start(['run', 'p.yaml', '--on', 'here']);
  const stages = [await gate.arrival(), await gate.arrival()];
  const [run] = await rig.runs();
  const fails = stages.find(({name}) => name === 'other')!;
  fails.let('fail');
  await viewer.line('✗ other');
  for (const group of batch.members(run!)) process.kill(-group, 'SIGKILL');
  for (const {pid} of stages.filter((stage) => stage !== fails)) process.kill(pid, 'SIGKILL');
  assertCode(await viewer.finished, 1);
  assert.equal(await batch.submissions(), 1);
  const events = await history(rig);
  assert.deepEqual([count(events, 'failed'), count(events, 'run-finished')], [1, 1]);
});

test('members that come to nothing are asked for three times, and then the run ends', async () => {
  await using batch = await LocalBatch.create();
  const {rig} = batch;
  await rig.write('p.yaml', pipeline);
  await batch.behave('dead');
  const ended = await rig.start(['run', 'p.yaml', '--on', 'here']).finished;
  assertCode(ended, 75);
  assert.match(ended.stderr, /Members of \w+ were asked for three times/);
  assert.equal(await batch.submissions(), 3);
  assert.equal(count(await history(rig), 'run-finished'), 1);
});

test('a cluster that does not answer is told of once, and members go on', async () => {
  await using batch = await LocalBatch.create();
  const {rig} = batch;
  await using gate = await Gate.open(rig.folder);
  await rig.write('p.yaml', gatedPipeline(gate.path, 3));
  const viewer = rig.start(['run', 'p.yaml', '--on', 'here']);
  const stage = await gate.arrival();
  const [run] = await rig.runs();
  const members = batch.members(run!);
  await batch.behave('down');
  for (const group of members) process.kill(-group, 'SIGKILL');
  process.kill(stage.pid, 'SIGKILL');
  await viewer.line('here does not answer');
  viewer.kill('SIGTERM');
  const {stderr} = await viewer.finished;
  assert.equal(stderr.match(/does not answer/g)?.length, 1);
});
