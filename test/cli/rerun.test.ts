import assert from 'node:assert/strict';
import {chmod, readFile, stat, unlink, utimes, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {test} from 'node:test';
import type {StageRecord} from '../../src/store/record.ts';
import {Gate} from '../support/gate.ts';
import {Rig} from '../support/rig.ts';

const letters = (changes: {readonly first?: string; readonly between?: string} = {}): string => `
name: letters
stages:
  first: {uses: say, with: {text: ${changes.first ?? 'a'}}}
  second: {uses: say, with: {text: b}}
  both: {uses: join, inputs: {parts: [first.out, second.out]}, with: {between: "${changes.between ?? '+'}"}}
  size: {uses: measure, inputs: {of: both.out}}
  end: {uses: join, inputs: {parts: [size.out, second.out]}}
`;

async function rigWithResults(): Promise<Rig> {
  const rig = await Rig.create();
  await rig.write('p.yaml', letters());
  const {code, stdout, stderr} = await rig.pipeline('run', 'p.yaml');
  assert.equal(code, 0, stdout + stderr);
  return rig;
}

/** The file that holds what an instance gave as `out`. */
async function blobOf(rig: Rig, instance: string): Promise<string> {
  for (const event of await rig.events()) {
    if (event.kind === 'finished' && String(event.instance) === instance) {
      const {digest} = (event.record satisfies StageRecord).outputs['out']!.artifacts[0]!;
      return path.join(rig.folder, 'artifacts/cas', digest.slice(0, 2), digest);
    }
  }
  return assert.fail(`${instance} did not finish`);
}

/** Every file of the store, with when it was last written to. */
async function timesIn(rig: Rig): Promise<ReadonlyMap<string, number>> {
  const files = await rig.stored('.');
  const times = files.map(async (file) => {
    const {mtimeMs} = await stat(path.join(rig.folder, 'artifacts', file));
    return [file, mtimeMs] as const;
  });
  return new Map(await Promise.all(times));
}

test('a changed parameter re-runs what depends on it, and early cutoff stops at equal bytes', async () => {
  await using rig = await rigWithResults();
  await rig.write('p.yaml', letters({first: 'c'}));
  const planned = await rig.pipeline('plan', 'p.yaml');
  assert.match(
    planned.stdout,
    /run {4}first.*\n {7}text: "[ab]" → "c"\nhit {4}second\nmaybe {2}both/,
  );

  assert.equal((await rig.pipeline('run', 'p.yaml')).code, 0);
  assert.deepEqual(await rig.started(), ['first', 'both', 'size']);
  const [start] = (await rig.events()).filter((event) => event.kind === 'started');
  const [reason] = start?.reasons ?? [];
  assert.ok(reason?.kind === 'param-changed');
  assert.equal(reason.pointer, '/text');
  assert.equal(reason.now, 'c');
});

test('renaming a stage runs nothing', async () => {
  await using rig = await rigWithResults();
  await rig.write('p.yaml', letters().replaceAll('both', 'joined'));
  assert.equal((await rig.pipeline('run', 'p.yaml')).code, 0);
  assert.deepEqual(await rig.started(), []);
});

test('a missing artifact re-runs exactly its producer, and says why', async () => {
  await using rig = await rigWithResults();
  await unlink(await blobOf(rig, 'both'));
  assert.equal((await rig.pipeline('run', 'p.yaml')).code, 0);
  assert.deepEqual(await rig.started(), ['both']);
  const [start] = (await rig.events()).filter((event) => event.kind === 'started');
  assert.equal(start?.reasons[0]?.kind, 'artifact-missing');
});

test('a corrupt record is a miss that heals', async () => {
  await using rig = await rigWithResults();
  const records = await rig.stored('records');
  for (const record of records) await rig.write(`artifacts/records/${record}`, '{"format": 1, "ke');
  assert.equal((await rig.pipeline('run', 'p.yaml')).code, 0);
  assert.equal((await rig.started()).length, 5);
  const starts = (await rig.events()).filter((event) => event.kind === 'started');
  assert.ok(starts.every(({reasons}) => reasons[0]?.kind === 'record-corrupt'));

  assert.equal((await rig.pipeline('run', 'p.yaml')).code, 0);
  assert.deepEqual(await rig.started(), []);
});

test('a flipped byte is found by a plan and a run, which makes exactly that artifact anew and sets the bytes aside', async () => {
  await using rig = await rigWithResults();
  const blob = await blobOf(rig, 'second');
  await chmod(blob, 0o644);
  await writeFile(blob, 'B');
  const planned = await rig.pipeline('plan', 'p.yaml');
  assert.match(
    planned.stdout,
    /run {4}second.*\n {7}the bytes of its output out are cut off or damaged\n/,
  );

  const {code, stdout, stderr} = await rig.pipeline('run', 'p.yaml');
  assert.equal(code, 0, stdout + stderr);
  assert.deepEqual(await rig.started(), ['second']);
  const [start] = (await rig.events()).filter((event) => event.kind === 'started');
  assert.equal(start?.reasons[0]?.kind, 'artifact-damaged');
  assert.equal(await readFile(blob, 'utf8'), 'b');
  const [quarantined] = await rig.stored('quarantine');
  assert.equal(await rig.read(`artifacts/quarantine/${quarantined}`), 'B');
});

test('a byte that flips without leaving a trace is found before it is used, set aside, and made anew', async () => {
  await using rig = await rigWithResults();
  const blob = await blobOf(rig, 'second');
  const {mtime} = await stat(blob);
  await chmod(blob, 0o644);
  await writeFile(blob, 'B');
  await utimes(blob, mtime, mtime);
  await rig.write('p.yaml', letters({between: '-'}));
  const {code, stdout, stderr} = await rig.pipeline('run', 'p.yaml');
  assert.equal(code, 0, stdout + stderr);
  assert.deepEqual(await rig.started(), ['both', 'second', 'both', 'size']);
  assert.equal(await readFile(blob, 'utf8'), 'b');
  const [quarantined] = await rig.stored('quarantine');
  assert.equal(await rig.read(`artifacts/quarantine/${quarantined}`), 'B');
});

test('a plan writes nothing into the store, whatever it finds there', async () => {
  await using rig = await rigWithResults();
  const longAgo = new Date('2020-01-01T00:00:00Z');
  await utimes(await blobOf(rig, 'second'), longAgo, longAgo);
  await rig.forget('index');
  const before = await timesIn(rig);
  const {stdout} = await rig.pipeline('plan', 'p.yaml');
  assert.match(stdout, /^5 hit, 0 run, 0 maybe/m);
  assert.deepEqual(await timesIn(rig), before);
});

test('two instances with the same key are computed once', async () => {
  await using rig = await Rig.create();
  await rig.write(
    'p.yaml',
    `
stages:
  one: {uses: say, with: {text: same}}
  two: {uses: say, with: {text: same}}
  both: {uses: join, inputs: {parts: [one.out, two.out]}}
`,
  );
  const {code, stdout, stderr} = await rig.pipeline('run', 'p.yaml');
  assert.equal(code, 0, stdout + stderr);
  assert.deepEqual(await rig.started(), ['one', 'both']);
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
