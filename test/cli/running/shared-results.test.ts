/** Tests that runs with very many results, and nothing to do, share the folder of these. */
import assert from 'node:assert/strict';
import {lstat, readFile, readlink, rm} from 'node:fs/promises';
import path from 'node:path';
import {test} from 'node:test';
import {sharedResults} from '../../../src/journal/results-folder.ts';
import {overwrite, Rig} from '../../support/program/rig.ts';

/** Many results, which take one computation. */
const pipeline = (count: number): string =>
  `stages: {many: {uses: say, matrix: {n: {count: ${count}}}, with: {text: the same}}}\n`;

async function ranRig(count: number, runs: number): Promise<Rig> {
  const rig = await Rig.create();
  await rig.write('p.yaml', pipeline(count));
  for (let run = 0; run < runs; run++) await runOnce(rig);
  return rig;
}

async function runOnce(rig: Rig): Promise<string> {
  const {code, stdout, stderr} = await rig.pipeline('run', 'p.yaml');
  assert.equal(code, 0, stdout + stderr);
  return stdout.replaceAll(/\d{8}-\d{6}\.\d{3}-[0-9a-f]{6}/g, 'RUN').replace(/Done in .*?:/, '');
}

async function removeRun(rig: Rig, run: string, ...options: readonly string[]): Promise<string> {
  const {code, stdout, stderr} = await rig.pipeline('rm', run, ...options);
  assert.equal(code, 0, stderr);
  return stdout;
}

function resultsOf(rig: Rig, run: string): string {
  return path.join(rig.folder, 'artifacts/runs', run, 'results');
}

/** What the folder of results of each run is: its own, or a link to that of the run with this number. */
async function folders(rig: Rig): Promise<readonly (number | 'own' | 'none')[]> {
  const runs = await rig.runs();
  return await Promise.all(
    runs.map(async (run) => {
      const folder = resultsOf(rig, run);
      const found = await lstat(folder).catch(() => undefined);
      if (found?.isSymbolicLink() !== true) return found === undefined ? 'none' : 'own';
      const target = await readlink(folder);
      return runs.findIndex((other) => target === `../${other}/results`);
    }),
  );
}

/** Whether each run has all results with the right bytes, and the list of them. */
async function haveAll(rig: Rig, count: number): Promise<boolean> {
  for (const run of await rig.runs()) {
    const names = await rig.stored(`runs/${run}/results`);
    assert.equal(names.length, count, run);
    const list = await rig.read(`artifacts/runs/${run}/results.json`);
    assert.deepEqual(Object.keys(JSON.parse(list) as object).sort(), [...names].sort());
    for (const name of names) {
      const text = await readFile(path.join(resultsOf(rig, run), name), 'utf8');
      assert.equal(text, 'the same', `${run} ${name}`);
    }
  }
  return true;
}

test('runs with a thousand results share a folder, and each has all of them', async () => {
  await using rig = await ranRig(sharedResults, 1);
  const [second, third] = [await runOnce(rig), await runOnce(rig)];
  assert.deepEqual(await folders(rig), ['own', 0, 0]);
  assert.ok(await haveAll(rig, sharedResults));
  for (const run of await rig.runs()) {
    await rm(path.join(rig.folder, 'artifacts/runs', run, 'repeat'), {recursive: true});
  }
  const ordinary = await runOnce(rig);
  assert.deepEqual(await folders(rig), ['own', 0, 0, 'own']);
  assert.match(ordinary, /and 988 more/);
  assert.deepEqual([second, third], [ordinary, ordinary]);
});

test('fewer results are files of each run', async () => {
  await using rig = await ranRig(sharedResults - 1, 2);
  assert.deepEqual(await folders(rig), ['own', 'own']);
  assert.ok(await haveAll(rig, sharedResults - 1));
});

test('results stay with the runs that share them when the run that placed them is removed', async () => {
  await using rig = await ranRig(sharedResults, 4);
  const [first] = await rig.runs();
  assert.doesNotMatch(await removeRun(rig, first!, '--dry-run'), /result/);
  assert.deepEqual(await folders(rig), ['own', 0, 0, 0]);
  assert.doesNotMatch(await removeRun(rig, first!), /result/);
  assert.deepEqual(await folders(rig), [2, 2, 'own']);
  assert.ok(await haveAll(rig, sharedResults));

  await runOnce(rig);
  assert.deepEqual(await folders(rig), [2, 2, 'own', 2], 'it repeats a run all the same');
  const [sharer] = await rig.runs();
  assert.doesNotMatch(await removeRun(rig, sharer!), /result/);
  assert.deepEqual(await folders(rig), [1, 'own', 1]);
  for (const run of (await rig.runs()).slice(0, 2)) await removeRun(rig, run);
  assert.deepEqual(await folders(rig), ['own']);
  assert.ok(await haveAll(rig, sharedResults));
  assert.match(await removeRun(rig, (await rig.runs())[0]!), /1000 results/);
});

test('a clean-up leaves results to the runs that share them', async () => {
  await using rig = await Rig.create();
  await rig.write('p.yaml', pipeline(sharedResults));
  // A clean-up spares runs whose process goes on.
  for (let run = 0; run < 3; run++) await rig.start(['run', 'p.yaml']).finished;
  assert.deepEqual(await folders(rig), ['own', 0, 0]);
  const [, second] = await rig.runs();
  assert.equal((await rig.pipeline('pin', second!)).code, 0);
  const {code, stdout, stderr} = await rig.pipeline('gc', '--runs', '--max-age', '0');
  assert.equal(code, 0, stderr);
  assert.deepEqual(await rig.runs(), [second], stdout);
  assert.deepEqual(await folders(rig), ['own']);
  assert.ok(await haveAll(rig, sharedResults));
});

for (const [what, change] of Object.entries({
  'was written to': (file: string) => overwrite(file, 'mine'),
  'was removed': (file: string) => rm(file),
})) {
  test(`a run places all results again if one of a shared folder ${what}`, async () => {
    await using rig = await ranRig(sharedResults, 2);
    const [first, second] = await rig.runs();
    const [name] = await rig.stored(`runs/${first!}/results`);
    await change(path.join(resultsOf(rig, second!), name!));
    await runOnce(rig);
    assert.deepEqual(await folders(rig), ['own', 0, 'own']);
    for (const run of [first!, second!]) await rig.pipeline('rm', run);
    assert.ok(await haveAll(rig, sharedResults));
  });
}

test('a run places all results again if the shared folder was removed by hand', async () => {
  await using rig = await ranRig(sharedResults, 2);
  const [first] = await rig.runs();
  await rm(resultsOf(rig, first!), {recursive: true});
  await runOnce(rig);
  assert.deepEqual(await folders(rig), ['none', 0, 'own']);
});
