import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {chmodSync, readFileSync} from 'node:fs';
import {mkdir, symlink, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {after, before, test} from 'node:test';
import {repositoryFile} from '../../support/texts/repository.ts';
import {TemporaryFolder} from '../../support/rigs/temporary-folder.ts';

/**
 * A folder with this program as npm would install it: the published files unpacked, and linked what they depend on, but
 * nothing that only development needs.
 */
let folder: TemporaryFolder;

before(async () => {
  folder = await TemporaryFolder.create();
  const pack = ['pack', '--ignore-scripts', '--silent', '--pack-destination', folder.path];
  const packed = spawnSync('npm', pack, {cwd: repositoryFile(''), encoding: 'utf8'});
  assert.equal(packed.status, 0, packed.stderr);
  const own = folder.file('node_modules/distillery');
  await mkdir(own, {recursive: true});
  const archive = folder.file(packed.stdout.trim());
  const unpacked = spawnSync('tar', ['-xzf', archive, '-C', own, '--strip-components=1']);
  assert.equal(unpacked.status, 0, String(unpacked.stderr));
  await linkDependencies(folder.file('node_modules'));
  const {bin} = JSON.parse(readFileSync(path.join(own, 'package.json'), 'utf8')) as {
    readonly bin: {readonly pipeline: string};
  };
  const program = path.join(own, bin.pipeline);
  chmodSync(program, 0o755);
  await mkdir(folder.file('node_modules/.bin'));
  await symlink(program, folder.file('node_modules/.bin/pipeline'));
});

after(() => folder[Symbol.asyncDispose]());

async function linkDependencies(modules: string): Promise<void> {
  const {packages} = JSON.parse(readFileSync(repositoryFile('package-lock.json'), 'utf8')) as {
    readonly packages: Readonly<Record<string, {readonly dev?: true; readonly optional?: true}>>;
  };
  for (const [place, {dev, optional}] of Object.entries(packages)) {
    const name = /^node_modules\/((?:@[^/]+\/)?[^/]+)$/.exec(place)?.[1];
    if (name !== undefined && dev !== true && optional !== true) await linkPackage(name, modules);
  }
}

async function linkPackage(name: string, modules: string): Promise<void> {
  const link = path.join(modules, name);
  await mkdir(path.dirname(link), {recursive: true});
  await symlink(repositoryFile(`node_modules/${name}`), link);
}

function npx(...args: readonly string[]): string {
  const options = {cwd: folder.path, encoding: 'utf8'} as const;
  const {status, stdout, stderr} = spawnSync('npx', ['--offline', ...args], options);
  assert.equal(status, 0, stdout + stderr);
  return stdout;
}

test('the published package distils the digits of the quickstart, in an empty folder', () => {
  const small = {experts: 1, images: 64, iterations: 2, stepSizeRate: 0};
  const set = Object.entries(small).flatMap(([name, value]) => ['--set', `${name}=${value}`]);
  const told = npx('pipeline', 'run', 'distillery/quickstart', 'distilled', ...set);
  assert.match(told, /5 ran/);
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
  await linkPackage('@types/node', folder.file('node_modules'));
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
