import assert from 'node:assert/strict';
import {test} from 'node:test';
import {failpoints} from '../../../src/store/failpoint.ts';
import path from 'node:path';
import {writeFile, mkdir} from 'node:fs/promises';
import {hostname} from 'node:os';
import {Gate} from '../../support/program/gate.ts';
import {Rig} from '../../support/program/rig.ts';
import {storeInvariants} from '../../support/laws/store-invariants.ts';

const chain = `
stages:
  first: {uses: say, with: {text: a}}
  size: {uses: measure, inputs: {of: first.out}}
`;

// test/store/failpoints.test.ts tests every failpoint. These four are tested with a real worker whose head survives.
for (const failpoint of [
  'stage-ended',
  'record-synced',
  'record-linked',
  'lease-released',
] as const) {
  test(`a worker killed at ${failpoint} leaves no record without its artifacts`, async () => {
    await using rig = await Rig.create();
    await rig.write('p.yaml', chain);
    const crashed = await rig.with({PIPELINE_FAILPOINT: failpoint}).start(['run', 'p.yaml'])
      .finished;
    const published = failpoints.indexOf(failpoint) >= failpoints.indexOf('record-linked');
    // The instance succeeds if its worker dies after the record was published.
    assert.equal(crashed.code, published ? 0 : 1, crashed.stdout + crashed.stderr);
    if (!published) assert.match(crashed.stdout, /ended by SIGKILL/);

    const keys = await storeInvariants({root: path.join(rig.folder, 'artifacts')});
    assert.equal(keys.length, published ? 2 : 0);
    const healed = await rig.pipeline('run', 'p.yaml');
    assert.equal(healed.code, 0, healed.stdout + healed.stderr);
    assert.deepEqual(await rig.started(), published ? [] : ['first', 'size']);
    assert.deepEqual(await rig.leases(), []);
    assert.deepEqual(await rig.stored('work'), []);
    assert.deepEqual(await rig.stored('checkpoints'), []);
  });
}

const churn = (gate: string): string => `
stages:
  long: {uses: churn, with: {text: seed, steps: 6, stopAt: 4, gate: "${gate}"}}
`;

/** Gives the output of an undisturbed run of six steps. */
async function undisturbed(): Promise<string> {
  await using rig = await Rig.create();
  await rig.write('p.yaml', churn(''));
  assert.equal((await rig.pipeline('run', 'p.yaml')).code, 0);
  const [result] = await rig.stored('cas');
  return await rig.read(`artifacts/cas/${result}`);
}

async function resultOf(rig: Rig): Promise<string> {
  const [result] = await rig.stored('cas');
  return await rig.read(`artifacts/cas/${result}`);
}

// The worker is killed during a removal, when the removed files have been moved away but not yet deleted.
for (const [failpoint, code] of [
  ['checkpoint-older-aside', 1],
  ['checkpoints-aside', 0],
] as const) {
  test(`a worker killed at ${failpoint} leaves nothing that verify minds`, async () => {
    await using rig = await Rig.create();
    await rig.write('p.yaml', churn(''));
    const words = ['run', 'p.yaml', '--checkpoint-interval', '0'];
    const crashed = await rig.with({PIPELINE_FAILPOINT: failpoint}).start(words).finished;
    assert.equal(crashed.code, code, crashed.stdout + crashed.stderr);
    const verified = await rig.pipeline('verify');
    assert.equal(verified.code, 0, verified.stdout);
    assert.equal((await rig.pipeline('run', 'p.yaml')).code, 0);
    assert.equal(await resultOf(rig), await undisturbed());
    assert.deepEqual(await rig.stored('checkpoints'), []);
  });
}

test('after SIGKILL of a worker the next run continues from its checkpoint to the same bytes', async () => {
  await using rig = await Rig.create();
  await using gate = await Gate.open(rig.folder);
  await rig.write('p.yaml', churn(gate.path));
  const killed = rig.start(['run', 'p.yaml']);
  const worker = await gate.arrival();
  process.kill(worker.pid, 'SIGKILL');
  assert.equal((await killed.finished).code, 1);

  const resumed = rig.start(['run', 'p.yaml']);
  (await gate.arrival()).let('go');
  assert.equal((await resumed.finished).code, 0);
  assert.ok((await rig.events()).some((event) => event.kind === 'resumed'));
  assert.match(
    await rig.read(`artifacts/runs/${(await rig.runs()).at(-1)}/logs/long.log`),
    /step 4/,
  );
  assert.equal(await resultOf(rig), await undisturbed());
  assert.deepEqual(await rig.stored('checkpoints'), []);
});

test('after SIGKILL of head and worker the next run continues from the checkpoint', async () => {
  await using rig = await Rig.create();
  await using gate = await Gate.open(rig.folder);
  await rig.write('p.yaml', churn(gate.path));
  const killed = rig.start(['run', 'p.yaml']);
  const worker = await gate.arrival();
  killed.kill('SIGKILL');
  await killed.finished;
  process.kill(worker.pid, 'SIGKILL');

  const resumed = rig.start(['run', 'p.yaml']);
  (await gate.arrival()).let('go');
  assert.equal((await resumed.finished).code, 0);
  assert.ok((await rig.events()).some((event) => event.kind === 'resumed'));
  assert.equal(await resultOf(rig), await undisturbed());
});

test('a worker whose head has died continues, and the next run takes its result', async () => {
  await using rig = await Rig.create();
  await using gate = await Gate.open(rig.folder);
  await rig.write('p.yaml', churn(gate.path));
  const killed = rig.start(['run', 'p.yaml']);
  const worker = await gate.arrival();
  killed.kill('SIGKILL');
  await killed.finished;

  const next = rig.start(['run', 'p.yaml', '--json']);
  await next.line('waiting');
  worker.let('go');
  assert.equal((await next.finished).code, 0);
  assert.deepEqual(await rig.started(), []);
  assert.equal(await resultOf(rig), await undisturbed());
});

test('two runs at once on one store compute each key once', async () => {
  await using rig = await Rig.create();
  await using gate = await Gate.open(rig.folder);
  await rig.write(
    'p.yaml',
    `
stages:
  slow: {uses: say, with: {text: a, gate: "${gate.path}"}}
  size: {uses: measure, inputs: {of: slow.out}}
`,
  );
  const one = rig.start(['run', 'p.yaml']);
  const arrival = await gate.arrival();
  const two = rig.start(['run', 'p.yaml', '--json']);
  await two.line('waiting');
  arrival.let('go');
  const [first, second] = await Promise.all([one.finished, two.finished]);
  assert.equal(first.code, 0);
  assert.equal(second.code, 0);
  const finished = await Promise.all((await rig.runs()).map((run) => rig.eventsOf(run)));
  const published = finished.flat().filter((event) => event.kind === 'finished');
  assert.deepEqual(published.map(({instance}) => String(instance)).sort(), ['size', 'slow']);
});

test('the lease of a dead process is ignored', async () => {
  await using rig = await Rig.create();
  await rig.write('p.yaml', chain);
  assert.equal((await rig.pipeline('run', 'p.yaml')).code, 0);
  const records = await rig.stored('records');
  const keys = records.map((file) => path.basename(file));
  await rig.forget('records');
  const leases = path.join(rig.folder, 'artifacts/leases');
  await mkdir(leases, {recursive: true});
  // The process number is this process's, but the start time is not, so the lease's owner is dead.
  const dead = {host: hostname(), pid: process.pid, bootId: 'x', startTime: '1', attempt: 'a'};
  for (const key of keys) await writeFile(path.join(leases, key), JSON.stringify(dead));
  assert.equal((await rig.pipeline('run', 'p.yaml')).code, 0);
  assert.equal((await rig.started()).length, 2);
  assert.deepEqual(await rig.leases(), []);
});

test('a run that ends does not remove the leases of other runs', async () => {
  await using rig = await Rig.create();
  await using gate = await Gate.open(rig.folder);
  await rig.write('slow.yaml', churn(gate.path));
  await rig.write('quick.yaml', chain);
  const slow = rig.start(['run', 'slow.yaml']);
  const stage = await gate.arrival();
  const leases = await rig.leases();
  assert.equal(leases.length, 1);
  assert.equal((await rig.pipeline('run', 'quick.yaml')).code, 0);
  assert.deepEqual(await rig.leases(), leases);
  stage.let('go');
  assert.equal((await slow.finished).code, 0);
  assert.deepEqual(await rig.leases(), []);
});
