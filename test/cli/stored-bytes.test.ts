/** What becomes of stored bytes that are touched, flipped or made twice. */
import assert from 'node:assert/strict';
import {readFile, stat, utimes} from 'node:fs/promises';
import path from 'node:path';
import {test} from 'node:test';
import {Gate} from '../support/gate.ts';
import {overwrite, Rig} from '../support/rig.ts';

const letters = (between = '+'): string => `
stages:
  first: {uses: say, with: {text: a}}
  second: {uses: say, with: {text: b}}
  both: {uses: join, inputs: {parts: [first.out, second.out]}, with: {between: "${between}"}}
  size: {uses: measure, inputs: {of: both.out}}
  end: {uses: join, inputs: {parts: [size.out, second.out]}}
`;

test('a byte that flips without leaving a trace is found before it is used, set aside, and made anew', async () => {
  await using rig = await Rig.ran(letters());
  const blob = await rig.artifactOf('second');
  const {mtime} = await stat(blob);
  await overwrite(blob, 'B');
  await utimes(blob, mtime, mtime);
  await rig.write('p.yaml', letters('-'));
  const {code, stdout, stderr} = await rig.pipeline('run', 'p.yaml');
  assert.equal(code, 0, stdout + stderr);
  assert.deepEqual(await rig.started(), ['both', 'second', 'both', 'size']);
  assert.equal(await readFile(blob, 'utf8'), 'b');
  const [quarantined] = await rig.stored('quarantine');
  assert.equal(await rig.read(`artifacts/quarantine/${quarantined}`), 'B');
});

test('a plan writes nothing into the store, whatever it finds there', async () => {
  await using rig = await Rig.ran(letters());
  const longAgo = new Date('2020-01-01T00:00:00Z');
  await utimes(await rig.artifactOf('second'), longAgo, longAgo);
  await rig.forget('index');
  const before = await timesIn(rig);
  const {stdout} = await rig.pipeline('plan', 'p.yaml');
  assert.match(stdout, /^5 hit, 0 run, 0 maybe/m);
  assert.deepEqual(await timesIn(rig), before);
});

test('of two processes that made other bytes under one key the first keeps its record, and the second says so', async () => {
  await using rig = await Rig.create();
  await using gate = await Gate.open(rig.folder);
  await rig.write('p.yaml', `stages: {only: {uses: drift, with: {gate: "${gate.path}"}}}\n`);
  const slow = rig.start(['run', 'p.yaml']);
  const slowWorker = await gate.arrival();
  // Without its lease nobody knows of the slow one.
  await rig.forget('leases');
  const quick = rig.start(['run', 'p.yaml']);
  const quickWorker = await gate.arrival();
  quickWorker.let('go');
  assert.equal((await quick.finished).code, 0);
  const [record] = await rig.stored('records');
  const first = await rig.read(`artifacts/records/${record}`);

  slowWorker.let('go');
  const {code, stdout} = await slow.finished;
  assert.equal(code, 0);
  assert.match(stdout, /✓ only .*out differs from what is stored, which is kept/);
  assert.deepEqual(await rig.stored('records'), [record]);
  assert.equal(await rig.read(`artifacts/records/${record}`), first);
  const [shown] = /artifacts\/\S+only\.out\.txt/.exec(stdout) ?? assert.fail(stdout);
  assert.equal(await rig.read(shown), String(quickWorker.pid));
});

/** Every file of the store, with when it was last written to. */
async function timesIn(rig: Rig): Promise<ReadonlyMap<string, number>> {
  const files = await rig.stored('.');
  const times = files.map(async (file) => {
    const {mtimeMs} = await stat(path.join(rig.folder, 'artifacts', file));
    return [file, mtimeMs] as const;
  });
  return new Map(await Promise.all(times));
}
