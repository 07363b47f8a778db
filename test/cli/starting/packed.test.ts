import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {lstatSync, readdirSync} from 'node:fs';
import {mkdir, readFile, symlink, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {after, before, test} from 'node:test';
import {installProject} from '../../support/program/installed-project.ts';
import {repositoryFile} from '../../support/texts/repository.ts';
import {TemporaryFolder} from '../../support/rigs/temporary-folder.ts';

/** A user's project, installed by npm. */
let folder: TemporaryFolder;

before(async () => {
  folder = await TemporaryFolder.create();
  await installProject(folder.path);
});

after(() => folder[Symbol.asyncDispose]());

function npx(...args: readonly string[]): string {
  const options = {cwd: folder.path, encoding: 'utf8'} as const;
  const {status, stdout, stderr} = spawnSync('npx', ['--offline', ...args], options);
  assert.equal(status, 0, stdout + stderr);
  return stdout;
}

test('an installed project has at most 90 MB of packages, the digits included', () => {
  const modules = folder.file('node_modules');
  const sizes = readdirSync(modules, {recursive: true, encoding: 'utf8'}).map((name) => {
    const stats = lstatSync(path.join(modules, name));
    return stats.isFile() ? stats.size : 0;
  });
  assert.ok(sizes.includes(47_040_016), 'The digits to train on are there');
  const total = sizes.reduce((sum, size) => sum + size, 0);
  assert.ok(total <= 90_000_000, `${total} bytes`);
});

test('the published package runs the quickstart and reports it, in an empty folder', async () => {
  const small = {experts: 1, images: 64, iterations: 2, stepSizeRate: 0, trials: 1, epochs: 1};
  const set = Object.entries(small).flatMap(([name, value]) => ['--set', `${name}=${value}`]);
  assert.match(npx('pipeline', 'run', 'distillery/quickstart', ...set), /: 13 ran/);
  npx('pipeline', 'report', '-o', 'report.html');
  assert.match(await readFile(folder.file('report.html'), 'utf8'), /ConvNetD2W16/);
});

test('doctor works without TensorFlow.js, and says of its engine what to install', () => {
  assert.match(npx('pipeline', 'doctor'), /^engine +wasm /m);
  assert.match(
    npx('pipeline', 'doctor', '--engine', 'tfjs'),
    /^engine +none can be used: The package @tensorflow\/tfjs-core is not installed: `npm install @tensorflow\/tfjs-core@4\.22 @tensorflow\/tfjs-backend-wasm@4\.22`/m,
  );
});

const module = `
import {writeFile} from 'node:fs/promises';
import {defineContract, defineStageType} from 'distillery/stage';

const contract = defineContract({
  type: 'TYPE', version: 1, summary: 'Writes.', params: {}, inputs: {},
  outputs: {out: {media: 'text', summary: 'what it writes'}},
});

export const stageTypes = [
  defineStageType(contract, ({output}) => writeFile(output('out'), 'TYPE')),
];
`;

test('the published package runs plugins: a file, and a package', async () => {
  const lab = folder.file('node_modules/@lab/stages');
  await mkdir(lab, {recursive: true});
  await writeFile(path.join(lab, 'index.mjs'), module.replaceAll('TYPE', 'packed'));
  const manifest = {name: '@lab/stages', version: '1.0.0', exports: './index.mjs'};
  await writeFile(path.join(lab, 'package.json'), JSON.stringify(manifest));
  await writeFile(folder.file('mine.mjs'), module.replaceAll('TYPE', 'local'));
  await writeFile(
    folder.file('pipeline.yaml'),
    "plugins: [./mine.mjs, '@lab/stages']\nstages: {a: {uses: local}, b: {uses: packed}}\n",
  );
  npx('pipeline', 'run');
  assert.equal(npx('pipeline', 'show', 'a.out'), 'local\n');
  assert.equal(npx('pipeline', 'show', 'b.out'), 'packed\n');
});

test('the published package has the types that plugins import', async () => {
  const typed = module
    .replaceAll('TYPE', 'typed')
    .replace('params: {}', "params: {n: {type: 'integer', description: 'How often'}}")
    .replace('({output}) =>', '({output, params}) =>')
    .replace("'typed'))", "'typed'.repeat(params.n)))");
  const sources = {
    'sound.ts': typed,
    'param.ts': typed.replace('params.n', 'params.m'),
    'port.ts': typed.replace("output('out')", "output('in')"),
  };
  for (const [name, text] of Object.entries(sources)) await writeFile(folder.file(name), text);
  // The user's own.
  await mkdir(folder.file('node_modules/@types'), {recursive: true});
  await symlink(
    repositoryFile('node_modules/@types/node'),
    folder.file('node_modules/@types/node'),
  );
  const compiler = repositoryFile('node_modules/typescript/bin/tsc');
  const options = ['--noEmit', '--strict', '--module', 'nodenext', '--types', 'node'];
  const {stdout} = spawnSync(process.execPath, [compiler, ...options, ...Object.keys(sources)], {
    cwd: folder.path,
    encoding: 'utf8',
  });
  const told = stdout.split('\n').filter((line) => /^\S/.test(line));
  assert.match(told[0]!, /^param\.ts.*Property 'm' does not exist/);
  assert.match(told[1]!, /^port\.ts.*'"in"' is not assignable to parameter of type '"out"'/);
  assert.equal(told.length, 2, stdout);
});
