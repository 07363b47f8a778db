import assert from 'node:assert/strict';
import {readdir, readFile, rm} from 'node:fs/promises';
import path from 'node:path';
import {test} from 'node:test';
import {Rig, type Finished} from '../../support/program/rig.ts';

test('init --from copies a shipped pipeline with all that it uses, and it is valid there', async () => {
  await using rig = await Rig.withLearning();
  const file = (name: string): string => path.join(rig.folder, name);
  const pipeline = (...words: readonly string[]): Promise<Finished> => rig.pipeline(...words);
  const table = await pipeline('init', 'new one', '--from', 'tables/table1');
  assert.equal(table.code, 0, table.stderr);
  assert.match(table.stdout, /^Wrote new one\/tables\/table1\.yaml\nWrote new one\/mtt\//);
  assert.match(table.stdout, /\nTo run it: cd 'new one' && pipeline run tables\/table1\.yaml\n$/);
  const files = await readdir(file('new one'), {recursive: true});
  assert.ok(files.includes('tables/table1.csv') && files.includes('mtt/cifar100-ipc50.yaml'));
  const text = await readFile(file('new one/tables/table1.yaml'), 'utf8');
  assert.match(text, /^# yaml-language-server: \$schema=\.\.\/pipeline\.schema\.json\n/);
  // The file's comments use its new path.
  assert.match(text, /\n# {3}pipeline plan tables\/table1\.yaml /);
  const valid = await pipeline('validate', file('new one/tables/table1.yaml'));
  assert.equal(valid.code, 0, valid.stderr);

  const told = await pipeline('init', 'b', '--from', 'how-many-digits', '--json');
  assert.deepEqual(JSON.parse(told.stdout), {
    pipeline: 'b/how-many-digits.yaml',
    files: ['b/how-many-digits.yaml', 'b/gains.awk', 'b/pipeline.schema.json', 'b/.gitignore'],
    command: 'cd b && pipeline run how-many-digits.yaml',
    notes: [],
  });
  const first = JSON.parse((await pipeline('init', 'c', '--json')).stdout) as unknown;
  assert.deepEqual(first, {
    pipeline: 'c/pipeline.yaml',
    files: ['c/pipeline.yaml', 'c/pipeline.schema.json', 'c/.gitignore'],
    command: 'cd c && pipeline run',
    notes: [],
  });
  const stage = await pipeline('init', 'c', '--stage', 'my-stage', '--json');
  assert.deepEqual(JSON.parse(stage.stdout), {
    stageType: 'my-stage',
    plugin: './stages/my-stage.mjs',
    files: ['c/stages/my-stage.mjs'],
  });
  const again = await pipeline('init', 'c', '--json');
  assert.deepEqual([again.code, again.stderr], [2, '']);
  assert.match(again.stdout, /^\{"diagnostics":\[\{"code":"unwritable-file"/);

  const digits = await pipeline('init', '--from', 'distillery/how-many-digits.yaml');
  assert.match(
    digits.stdout,
    /^Wrote how-many-digits\.yaml\nWrote gains\.awk\nTo run it: pipeline run how-many-digits\.yaml\n$/,
  );
  assert.equal((await pipeline('validate', file('how-many-digits.yaml'))).code, 0);
});

test('init --from overwrites nothing, and lists the names', async () => {
  await using rig = await Rig.withLearning();
  const pipeline = (...words: readonly string[]): Promise<Finished> =>
    rig.pipeline('init', ...words);
  assert.equal((await pipeline('--from', 'how-many-digits')).code, 0);
  await rm(path.join(rig.folder, 'how-many-digits.yaml'));
  const there = await pipeline('--from', 'how-many-digits');
  assert.deepEqual(
    [there.code, there.stdout, there.stderr],
    [2, '', 'gains.awk is there already: nothing was written.\n'],
  );
  assert.ok(!(await readdir(rig.folder)).includes('how-many-digits.yaml'));

  const listed = await pipeline('--from');
  assert.equal(listed.code, 0);
  assert.match(listed.stdout, /\nquickstart {2,}Ten distilled digits from 60,000 real ones, /);
  assert.match(listed.stdout, /\nmtt\/cifar10-ipc1 {2,}\S.*\.\n/);
  const told = JSON.parse((await pipeline('--from', '--json')).stdout) as {
    pipelines: readonly {name: string; summary: string}[];
  };
  const {summary} = told.pipelines.find(({name}) => name === 'quickstart')!;
  assert.match(summary, /^Ten distilled digits from 60,000 real ones, /);
  const unknown = await pipeline('--from', 'quickstrat');
  assert.equal(unknown.code, 2);
  assert.match(
    unknown.stderr,
    /^No pipeline that comes with this program is called quickstrat\. Did you mean quickstart\?\nname /,
  );
  const both = await pipeline('--from', 'quickstart', '--stage', 'mine');
  assert.equal(both.code, 2);
  assert.match(both.stderr, /--from, --stage, .* exclude each other/);
});
