/** Tests that runs with very many results, and nothing to do, name them where an earlier run has placed them. */
import assert from 'node:assert/strict';
import {existsSync} from 'node:fs';
import {readFile, rm} from 'node:fs/promises';
import path from 'node:path';
import {test} from 'node:test';
import {placedOnce} from '../../../src/schedule/repeat/remember-run.ts';
import {overwrite, Rig} from '../../support/program/rig.ts';

/** Many results, which take one computation, and a table, which is printed. */
const pipeline = (count: number): string => `
stages:
  many: {uses: say, matrix: {n: {count: ${count - 1}}}, with: {text: the same}}
  table: {run: [sh, -c, 'echo "| a table |" > "$0"', "\${outputs.table}"], outputs: {table: markdown}}
`;

async function ranRig(count: number, runs: number): Promise<Rig> {
  const rig = await Rig.create();
  await rig.write('p.yaml', pipeline(count));
  for (let run = 0; run < runs; run++) await runOnce(rig);
  return rig;
}

async function runOnce(rig: Rig): Promise<string> {
  const {code, stdout, stderr} = await rig.pipeline('run', 'p.yaml');
  assert.equal(code, 0, stdout + stderr);
  return stdout;
}

/** What a run printed, without what differs from run to run. */
function alike(printed: string): string {
  return printed
    .replaceAll(/\d{8}-\d{6}\.\d{3}-[0-9a-f]{6}/g, 'RUN')
    .replace(/^.*Done in .*?:/ms, 'Done:');
}

function resultsOf(rig: Rig, run: string): string {
  return path.join(rig.folder, 'artifacts/runs', run, 'results');
}

/** For each run, whether it has placed its results; if so, it has all of them with the right bytes. */
async function placed(rig: Rig, count: number): Promise<readonly boolean[]> {
  const have: boolean[] = [];
  for (const run of await rig.runs()) {
    const folder = resultsOf(rig, run);
    have.push(existsSync(folder));
    if (!existsSync(folder)) continue;
    const names = await rig.stored(`runs/${run}/results`);
    assert.equal(names.length, count, run);
    for (const name of names) {
      const text = name === 'table.md' ? '| a table |\n' : 'the same';
      assert.equal(await readFile(path.join(folder, name), 'utf8'), text, `${run} ${name}`);
    }
  }
  return have;
}

test('runs with a thousand results and nothing to do name those of the run that placed them', async () => {
  await using rig = await ranRig(placedOnce, 1);
  const [second, third] = [await runOnce(rig), await runOnce(rig)];
  assert.deepEqual(await placed(rig, placedOnce), [true, false, false]);
  const [first, , last] = await rig.runs();
  for (const printed of [second, third]) {
    assert.ok(printed.includes(`Results in artifacts/runs/${first}/results\n`), printed);
    assert.match(printed, /^\| a table \|$/m);
    assert.match(printed, /^ {2}and 988 more$/m);
  }
  const crate = path.join(rig.folder, 'crate');
  assert.equal((await rig.pipeline('export', 'crate', last!, '-o', crate)).code, 0);
  // Results with the same bytes are one file.
  assert.ok(existsSync(path.join(crate, 'results/table.md')));
  for (const run of await rig.runs()) {
    await rm(path.join(rig.folder, 'artifacts/runs', run, 'repeat'), {recursive: true});
  }
  const ordinary = await runOnce(rig);
  assert.deepEqual(await placed(rig, placedOnce), [true, false, false, true]);
  assert.deepEqual([alike(second), alike(third)], [alike(ordinary), alike(ordinary)]);
});

test('fewer results are placed by each run', async () => {
  await using rig = await ranRig(placedOnce - 1, 3);
  assert.deepEqual(await placed(rig, placedOnce - 1), [true, true, true]);
});

/** What may happen to results that are named where they are. */
const changes: Readonly<Record<string, (folder: string, names: readonly string[]) => unknown>> = {
  'the first of them was written to': (folder, [name]) => overwrite(path.join(folder, name!), 'x'),
  'one of them was written to': (folder, names) => overwrite(path.join(folder, names[555]!), 'x'),
  'the last of them was removed': (folder, names) => rm(path.join(folder, names.at(-1)!)),
  'the folder was removed': (folder) => rm(folder, {recursive: true}),
  'their list was removed': (folder) => rm(`${folder}.json`),
  'the run that placed them was removed': (folder) => rm(path.dirname(folder), {recursive: true}),
};

for (const [what, change] of Object.entries(changes)) {
  test(`a run places all results again if ${what}`, async () => {
    await using rig = await ranRig(placedOnce, 2);
    const [first, second] = await rig.runs();
    await change(resultsOf(rig, first!), await rig.stored(`runs/${first!}/results`));
    await runOnce(rig);
    await rm(path.join(rig.folder, 'artifacts/runs', first!), {recursive: true, force: true});
    assert.deepEqual(await rig.runs(), [second, (await rig.runs()).at(-1)]);
    assert.deepEqual(await placed(rig, placedOnce), [false, true]);
    await runOnce(rig);
    assert.deepEqual(await placed(rig, placedOnce), [false, true, false], 'it can be repeated');
  });
}

test('a clean-up and rm take no results from a run that has placed them', async () => {
  await using rig = await ranRig(placedOnce, 2);
  const [first, second] = await rig.runs();
  const {stdout} = await rig.pipeline('rm', second!);
  assert.doesNotMatch(stdout, /result/);
  assert.deepEqual(await placed(rig, placedOnce), [true]);
  assert.match((await rig.pipeline('rm', first!)).stdout, /1000 results/);
});
