import assert from 'node:assert/strict';
import {test} from 'node:test';
import {repositoryFile} from '../support/texts/repository.ts';
import {Rig} from '../support/program/rig.ts';
import {spawnSync} from 'node:child_process';

/** Runs the real program with budgets that take seconds. */
function run(rig: Rig): string {
  const set = ['counts=[1, 2]', 'trials=1', 'epochs=1'].flatMap((text) => ['--set', text]);
  const file = repositoryFile('pipelines/how-many-digits.yaml');
  const main = repositoryFile('dist/bundle/src/cli/main.js');
  const {status, stdout, stderr} = spawnSync(process.execPath, [main, 'run', file, ...set], {
    cwd: rig.folder,
    encoding: 'utf8',
  });
  assert.equal(status, 0, stdout + stderr);
  return stdout;
}

test('the table that awk writes is the last result', async () => {
  await using rig = await Rig.create();
  const stdout = run(rig);
  const head = '| model | from | to | points gained |\n| ----- | ---: | -: | ------------: |\n';
  const results = `artifacts/runs/${(await rig.runs()).at(-1)!}/results`;
  const text = await rig.read(`${results}/gains.md`);
  assert.ok(text.startsWith(head), text);
  assert.ok(stdout.includes(text), stdout);
  const [, from, to, gained] = /\| MLP \| ([\d.]+) \| ([\d.]+) \| (-?[\d.]+) \|/.exec(text)!;
  const csv = await rig.read(`${results}/table.csv`);
  const means = csv
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => 100 * Number(line.split(',')[4]));
  assert.deepEqual(
    [from, to],
    means.map((mean) => mean.toFixed(1)),
  );
  assert.ok(Math.abs(Number(gained) - (means[1]! - means[0]!)) < 0.06);
  assert.match(run(rig), /0 ran|stored already/);
  assert.deepEqual(await rig.started(), []);
});
