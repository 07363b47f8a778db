import assert from 'node:assert/strict';
import {chmod, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {test} from 'node:test';
import type {RunEvent} from '../../../src/journal/event.ts';
import {Gate} from '../../support/program/gate.ts';
import {Rig} from '../../support/program/rig.ts';

const letters = `
stages:
  first: {uses: say, with: {text: a}}
  second: {uses: say, with: {text: b}}
  both: {uses: join, inputs: {parts: [first.out, second.out]}}
  size: {uses: measure, inputs: {of: both.out}}
`;

const drifting = `
stages:
  one: {uses: drift}
  twin: {uses: drift}
  after: {uses: join, inputs: {parts: [one.out]}}
  last: {uses: join, inputs: {parts: [after.out, twin.out]}}
`;

async function rigWith(text: string): Promise<Rig> {
  const rig = await Rig.create();
  await rig.write('pipeline.yaml', text);
  const {code, stdout, stderr} = await rig.pipeline('run');
  assert.equal(code, 0, stdout + stderr);
  return rig;
}

type Finish = Extract<RunEvent, {kind: 'finished'}>;

async function finishes(rig: Rig): Promise<readonly Finish[]> {
  return (await rig.events()).filter((event) => event.kind === 'finished');
}

test('a forced instance runs, and equal bytes stop the effect there; * forces all', async () => {
  await using rig = await rigWith(letters);
  const planned = await rig.pipeline('plan', '--force', 'first');
  assert.match(
    planned.stdout,
    /^run {4}first {2}.*\n {7}it is forced\nhit {4}second\nmaybe {2}both/,
  );
  const {code, stdout} = await rig.pipeline('run', '--force', 'first');
  assert.equal(code, 0);
  assert.deepEqual(await rig.started(), ['first']);
  assert.match(stdout, /▸ first: it is forced\n/);
  assert.match(stdout, /✓ first {2}.* \(the same bytes as before\)\n/);
  assert.deepEqual((await finishes(rig))[0]?.replaced, []);

  // The run computes all selected instances, and no others.
  const all = await rig.pipeline('run', '--force', '*', 'both');
  assert.equal(all.code, 0, all.stderr);
  assert.deepEqual((await rig.started()).toSorted(), ['both', 'first', 'second']);
  assert.match(all.stdout, /^Done in .*: 3 ran\.$/m);
});

test('other bytes replace the stored ones for good, and run what they reach', async () => {
  await using rig = await rigWith(drifting);
  const [record] = (await finishes(rig)).filter(({instance}) => String(instance) === 'one');
  const {stdout} = await rig.pipeline('run', '--force', 'one');
  // Both `drift` instances have the same key, so it is computed once.
  assert.deepEqual(await rig.started(), ['one', 'after', 'last']);
  assert.match(stdout, /✓ one {2}.* \(out differs from what was stored, which is replaced\)\n/);
  const [forced] = await finishes(rig);
  assert.deepEqual(forced?.replaced, ['out']);
  assert.notDeepEqual(forced?.record.outputs, record?.record.outputs);
  await rig.pipeline('run');
  assert.deepEqual(await rig.started(), []);
});

test('duplicates of a forced instance are forced with it, once', async () => {
  await using rig = await rigWith(drifting);
  await rig.pipeline('run', '--force', 'twin');
  assert.deepEqual(await rig.started(), ['one', 'after', 'last']);
});

test('a forced instance that finds a damaged input runs again after it was healed, and no more', async () => {
  await using rig = await rigWith(letters);
  const [second] = (await finishes(rig)).filter(({instance}) => String(instance) === 'second');
  const {digest} = second!.record.outputs['out']!.artifacts[0]!;
  const blob = path.join(rig.folder, 'artifacts/cas', digest.slice(0, 2), digest);
  await chmod(blob, 0o644);
  await writeFile(blob, 'B');
  const {code, stdout} = await rig.pipeline('run', '--force', 'both');
  assert.equal(code, 0, stdout);
  const started = await rig.started();
  assert.deepEqual(started.slice(started.indexOf('second')), ['second', 'both']);
  assert.ok(started.length <= 3, String(started));
});

test('a forced instance whose worker was killed fails, although a result was stored before', async () => {
  await using rig = await rigWith(drifting);
  const [before] = await rig.stored('records');
  const text = await rig.read(`artifacts/records/${before}`);
  const {code, stdout} = await rig
    .with({
      PIPELINE_FAILPOINT: 'fingerprint-renewed',
    })
    .start(['run', '--force', 'one']).finished;
  assert.equal(code, 1);
  assert.match(stdout, /one failed\. Its process was ended by SIGKILL/);
  assert.equal(await rig.read(`artifacts/records/${before}`), text);
});

test('a forced instance starts over, and continues from its own checkpoint after an interrupt', async () => {
  await using rig = await Rig.create();
  await using gate = await Gate.open(rig.folder);
  await rig.write(
    'pipeline.yaml',
    `stages: {long: {uses: churn, with: {text: seed, steps: 60, stopAt: 2, gate: "${gate.path}"}}}\n`,
  );
  // The worker is killed before it removes its checkpoints, so they remain.
  const first = rig.with({PIPELINE_FAILPOINT: 'record-cleared'}).start(['run']);
  (await gate.arrival()).let('go');
  assert.equal((await first.finished).code, 0);
  assert.notDeepEqual(await rig.stored('checkpoints'), []);

  const forced = rig.start(['run', '--force', 'long']);
  const stage = await gate.arrival();
  forced.kill('SIGINT');
  await forced.line('Stopping');
  stage.let('go');
  assert.equal((await forced.finished).code, 75);
  assert.match(await logOf(rig), /^from step 0$/m);

  const again = await rig.pipeline('run', '--force', 'long');
  assert.equal(again.code, 0, again.stdout + again.stderr);
  // The stage may receive the request to stop before or after the gate opens.
  assert.match(await logOf(rig), /^from step ([3-9]|\d\d)$/m);
  assert.deepEqual((await finishes(rig))[0]?.replaced, []);
});

async function logOf(rig: Rig): Promise<string> {
  return await rig.read(`artifacts/runs/${(await rig.runs()).at(-1)!}/logs/long.log`);
}

test('an instance whose key has run in the same run is not forced to run again', async () => {
  await using rig = await Rig.create();
  // The reversed texts are equal, so both `reverse` instances have the same key.
  await rig.write(
    'pipeline.yaml',
    `
stages:
  word: {uses: say, with: {text: noon}}
  turned: {uses: reverse, inputs: {of: word.out}}
  back: {uses: reverse, inputs: {of: turned.out}}
`,
  );
  const {code, stdout} = await rig.pipeline('run', '--force', 'back');
  assert.equal(code, 0, stdout);
  assert.deepEqual(await rig.started(), ['word', 'turned']);
  assert.equal((await rig.pipeline('run', '--force', 'back')).code, 0);
  assert.deepEqual(await rig.started(), ['back']);
});
