/** Tests what happens when stored bytes are touched, changed or made twice. */
import assert from 'node:assert/strict';
import {existsSync, rmSync} from 'node:fs';
import {readFile, rm, stat, utimes} from 'node:fs/promises';
import path from 'node:path';
import {test} from 'node:test';
import {digestOf} from '../../../src/base/digest.ts';
import {blobPath} from '../../../src/store/layout.ts';
import {Gate} from '../../support/program/gate.ts';
import {overwrite, Rig} from '../../support/program/rig.ts';
import {runInProcess} from '../../support/rigs/run-in-process.ts';
import {TemporaryFolder} from '../../support/rigs/temporary-folder.ts';

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

test('a result that is removed before it is placed is reported, and the next run makes it again', async () => {
  await using rig = await Rig.create();
  await using gate = await Gate.open(rig.folder);
  await rig.write(
    'p.yaml',
    `
stages:
  first: {uses: say, with: {text: a}}
  size: {uses: measure, inputs: {of: first.out}}
  last: {uses: say, with: {text: b, gate: "${gate.path}"}}
`,
  );
  const run = rig.start(['run', 'p.yaml']);
  await run.line('✓ size');
  const worker = await gate.arrival();
  await rm(await rig.artifactOf('size'));
  worker.let('go');
  const {code, stdout} = await run.finished;
  assert.equal(code, 0, stdout);
  assert.match(
    stdout,
    /^size\.out is gone from the store, and not among the results: run again to make it\.$/m,
  );
  assert.match(stdout, /^Results in \S+\n {2}last\.txt\n {2}size\.md\nsize\.out is gone/m);
  const again = rig.start(['run', 'p.yaml']);
  assert.equal((await again.finished).code, 0);
  assert.deepEqual(await rig.started(), ['size']);
  assert.match(await again.line('Results'), /^ {2}size\.txt$/m);
});

/** Both kinds of stages are tested: a stage type opens its inputs in the store, a program receives files. */
for (const [kind, stage] of [
  ['a stage', '{uses: measure, inputs: {of: first.out}}'],
  [
    'a program',
    '{run: [cp, "${inputs.of}", "${outputs.out}"], inputs: {of: first.out}, outputs: {out: text}}',
  ],
] as const) {
  test(`an input that somebody removes just before ${kind} opens it is made again`, async () => {
    await using folder = await TemporaryFolder.create();
    let removed = false;
    const {outcome, events} = await runInProcess({
      files: {'p.yaml': `stages:\n  first: {uses: say, with: {text: a}}\n  next: ${stage}\n`},
      store: folder.path,
      failpoint: (reached) => {
        const blob = blobPath({root: folder.path}, digestOf('a'));
        if (removed || reached !== 'inputs-read' || !existsSync(blob)) return;
        rmSync(blob);
        removed = true;
      },
    });
    assert.equal(outcome, 'ok');
    const started = events.flatMap((event) => (event.kind === 'started' ? [event.instance] : []));
    assert.deepEqual(started.map(String), ['first', 'next', 'first', 'next']);
  });
}

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

test('if two processes make different bytes under one key, the first keeps its record, and the second says so', async () => {
  await using rig = await Rig.create();
  await using gate = await Gate.open(rig.folder);
  await rig.write('p.yaml', `stages: {only: {uses: drift, with: {gate: "${gate.path}"}}}\n`);
  const slow = rig.start(['run', 'p.yaml']);
  const slowWorker = await gate.arrival();
  // Without the lease, the second run does not notice the first one's worker.
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
  const [, folder] = /^Results in (\S+)\n {2}only\.txt$/m.exec(stdout) ?? [];
  assert.equal(await rig.read(`${folder}/only.txt`), String(quickWorker.pid), stdout);
});

/** Gives the modification time of every file of the store. */
async function timesIn(rig: Rig): Promise<ReadonlyMap<string, number>> {
  const files = await rig.stored('.');
  const times = files.map(async (file) => {
    const {mtimeMs} = await stat(path.join(rig.folder, 'artifacts', file));
    return [file, mtimeMs] as const;
  });
  return new Map(await Promise.all(times));
}
