import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {mkdir, readFile, readdir, symlink, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {test} from 'node:test';
import {Rig} from '../../support/program/rig.ts';
import {repositoryFile} from '../../support/texts/repository.ts';
import {TemporaryFolder} from '../../support/rigs/temporary-folder.ts';

/** Runs the real program with the real stage types. */
function pipeline(cwd: string, ...args: readonly string[]) {
  const main = repositoryFile('dist/bundle/src/cli/main.js');
  return spawnSync(process.execPath, [main, ...args], {cwd, encoding: 'utf8'});
}

/** Gives the schema that a pipeline file names, with the path resolved from the file's folder. */
async function schemaOf(file: string): Promise<string> {
  const text = await readFile(file, 'utf8');
  const [, schema] = /^# yaml-language-server: \$schema=(.*)$/m.exec(text) ?? assert.fail(text);
  return await readFile(path.resolve(path.dirname(file), schema!), 'utf8');
}

const ownSchema = await readFile(repositoryFile('schemas/pipeline.schema.json'), 'utf8');

test('init writes a pipeline that is valid and planned, and says the next command', async () => {
  await using folder = await TemporaryFolder.create();
  const written = pipeline(folder.path, 'init');
  assert.equal(written.status, 0, written.stderr);
  assert.match(written.stdout, /^Wrote pipeline\.yaml\. To run it: .* run\n$/);
  assert.deepEqual((await readdir(folder.path)).sort(), [
    '.gitignore',
    'pipeline.schema.json',
    'pipeline.yaml',
  ]);
  assert.equal(await schemaOf(folder.file('pipeline.yaml')), ownSchema);
  assert.equal(await readFile(folder.file('.gitignore'), 'utf8'), '/artifacts/\n');
  assert.match(pipeline(folder.path, 'validate').stdout, /^pipeline\.yaml is valid: 12 instances/);
  assert.match(
    pipeline(folder.path, 'plan', '--no-calibrate').stdout,
    /^run {4}mnist {2}.*\n[^]*0 hit, 12 run, 0 maybe/,
  );
});

test('init overwrites nothing', async () => {
  await using folder = await TemporaryFolder.create();
  await writeFile(folder.file('pipeline.yaml'), 'mine');
  const {status, stderr} = pipeline(folder.path, 'init');
  assert.equal(status, 2);
  assert.equal(stderr, 'pipeline.yaml is there already: nothing was written.\n');
  assert.deepEqual(await readdir(folder.path), ['pipeline.yaml']);
  assert.equal(await readFile(folder.file('pipeline.yaml'), 'utf8'), 'mine');

  const schema = folder.file('a/pipeline.schema.json');
  await mkdir(folder.file('a'));
  await writeFile(schema, 'mine');
  const led = pipeline(folder.path, 'init', 'a', '--json');
  assert.equal(led.status, 0, led.stderr);
  assert.equal(await readFile(schema, 'utf8'), 'mine');
  assert.ok(!led.stdout.includes('pipeline.schema.json'), led.stdout);
  assert.equal(await schemaOf(folder.file('a/pipeline.yaml')), ownSchema);
});

test('init adds to a .gitignore once, and makes the folder it is given', async () => {
  await using folder = await TemporaryFolder.create();
  await mkdir(folder.file('a'));
  await writeFile(folder.file('a/.gitignore'), 'node_modules');
  pipeline(folder.path, 'init', 'a');
  assert.equal(await readFile(folder.file('a/.gitignore'), 'utf8'), 'node_modules\n/artifacts/\n');
  const made = pipeline(folder.path, 'init', 'new folder/b');
  assert.match(
    made.stdout,
    /^Wrote new folder\/b\/pipeline\.yaml\. To run it: cd 'new folder\/b' && /,
  );
  await writeFile(folder.file('in-the-way'), '');
  const {status, stderr} = pipeline(folder.path, 'init', 'in-the-way/c');
  assert.equal(status, 2);
  assert.match(stderr, /^in-the-way\/c\/pipeline\.yaml cannot be written: /);
});

test('init takes no file', async () => {
  await using folder = await TemporaryFolder.create();
  const {status, stderr} = pipeline(folder.path, 'init', 'mine.yaml');
  assert.equal(status, 2);
  assert.equal(
    stderr,
    'mine.yaml is not a folder: init takes a folder and writes pipeline.yaml into it.\n',
  );
  assert.deepEqual(await readdir(folder.path), []);
  await using rig = await Rig.withLearning();
  await rig.write('mine', 'text');
  for (const words of [[], ['--stage', 'my-stage'], ['--from', 'quickstart']]) {
    const refused = await rig.pipeline('init', 'mine', ...words);
    const message = 'mine is a file: init takes a folder to write to.\n';
    assert.deepEqual([refused.code, refused.stdout, refused.stderr], [2, '', message]);
  }
  assert.deepEqual(await readdir(rig.folder), ['mine']);
});

test('if the program is installed above the folder, editors are led to its schema', async () => {
  await using folder = await TemporaryFolder.create();
  await mkdir(folder.file('node_modules'));
  await symlink(repositoryFile('.'), folder.file('node_modules/distillery'));
  pipeline(folder.path, 'init', 'deep/down');
  const text = await readFile(folder.file('deep/down/pipeline.yaml'), 'utf8');
  assert.match(text, /^# \S+ \$schema=\.\.\/\.\.\/node_modules\/distillery\/schemas\/\S+\n/);
  assert.equal(await schemaOf(folder.file('deep/down/pipeline.yaml')), ownSchema);
});
