import assert from 'node:assert/strict';
import {chmod, chown, mkdir, symlink, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {test} from 'node:test';
import {findProjectFile} from '../../../src/cli/project/find-project-file.ts';
import {Rig} from '../../support/program/rig.ts';
import {TemporaryFolder} from '../../support/rigs/temporary-folder.ts';

const said = 'stages: {said: {uses: say, with: {text: a}}}\n';

test('the nearest project file at or above the pipeline file says where the store is', async () => {
  await using rig = await Rig.create();
  await rig.write('distillery.yaml', 'store: ./far\n');
  await rig.write('lab/distillery.yaml', 'store: results/here\n');
  await rig.write('lab/deep/er/p.yaml', said);
  await rig.write('p.yaml', said);
  const {code, stdout, stderr} = await rig.pipeline('run', 'lab/deep/er/p.yaml');
  assert.equal(code, 0, stderr);
  // Another project holds in this folder, so that commands have to be told the store.
  assert.match(stdout, /Results in lab\/results\/here\/runs\//);
  assert.match(stdout, /pipeline.* report --store lab\/results\/here /);
  const here = await rig.pipeline('run', 'p.yaml');
  assert.match(here.stdout, /Results in far\/runs\//);
  assert.doesNotMatch(here.stdout, /--store/);
  const status = await rig.pipeline('status');
  assert.match(status.stdout, /1 ran/);
});

test("options of the command line win over defaults of the project, and those over the user's", async () => {
  await using rig = await Rig.create();
  await rig.write('config/distillery/config.yaml', 'defaults: {jobs: 3, engine: tfjs}\n');
  await rig.write('distillery.yaml', 'defaults: {jobs: 2, keepGoing: true}\n');
  await rig.write('p.yaml', said);
  const there = rig.with({XDG_CONFIG_HOME: path.join(rig.folder, 'config')});
  const devices = async (...args: readonly string[]): Promise<unknown> => {
    await there.pipeline('run', 'p.yaml', ...args);
    return (await rig.events()).find(({kind}) => kind === 'run-started');
  };
  assert.deepEqual(((await devices()) as {devices: unknown}).devices, ['cpu:0', 'cpu:1']);
  const asked = (await devices('--jobs', '1', '--force', '*')) as {devices: unknown};
  assert.deepEqual(asked.devices, ['cpu:0']);
});

test('plugins of the project serve all its pipelines, also one that names the same plugin', async () => {
  await using rig = await Rig.create();
  await rig.write('distillery.yaml', 'plugins: [./lib/blur.mjs]\n');
  await rig.write(
    'lib/blur.mjs',
    `export const stageTypes = [{
  contract: {type: 'greet', version: 1, summary: 'Greets.', params: {}, inputs: {}, outputs: {greeting: {media: 'text', summary: 'hello'}}},
  load: async () => async ({output}) => {},
}];
`,
  );
  const stages = 'stages: {greeting: {uses: greet}}\n';
  await rig.write('pipelines/p.yaml', stages);
  await rig.write('pipelines/q.yaml', `plugins: [../lib/blur.mjs]\n${stages}`);
  await rig.write('pipelines/r.yaml', 'stages: {p: {uses: ./p.yaml}, q: {uses: ./q.yaml}}\n');
  for (const [file, count] of [
    ['p', '1 instance'],
    ['q', '1 instance'],
    ['r', '2 instances'],
  ] as const) {
    const {stdout, stderr} = await rig.pipeline('validate', `pipelines/${file}.yaml`);
    assert.equal(stdout, `pipelines/${file}.yaml is valid: ${count}.\n`, stderr);
  }
});

test('mistakes in the project file are told with their places, and the command does nothing', async () => {
  await using rig = await Rig.create();
  await rig.write('p.yaml', said);
  await rig.write(
    'distillery.yaml',
    'stor: x\nplugins: [5]\ndefaults: {jobs: 0, engine: warp, keepGoing: 1, job: 2, devices: [0]}\n',
  );
  const {code, stderr} = await rig.pipeline('run', 'p.yaml');
  assert.equal(code, 3);
  const places = Array.from(
    stderr.matchAll(/^distillery\.yaml:(\d+):\d+ error ([^:]+): /gm),
    (found) => found.slice(1).join(' '),
  );
  assert.deepEqual(places, [
    '1 unknown-key',
    '2 bad-value',
    '3 bad-value',
    '3 bad-value',
    '3 bad-value',
    '3 unknown-key',
    '3 bad-value',
  ]);
  assert.match(stderr, /`jobs`: It must be an integer ≥ 1\./);
  assert.deepEqual(await rig.stored('.'), []);
  const reading = await rig.pipeline('status');
  assert.equal(reading.code, 3);
});

test('`validate` tells mistakes of the project with those of the pipeline, and checks a project file itself', async () => {
  await using rig = await Rig.create();
  await rig.write('p.yaml', 'stages: {said: {uses: sya}}\n');
  await rig.write('distillery.yaml', 'stores: x\n');
  const {code, stdout} = await rig.pipeline('validate', 'p.yaml', '--json');
  assert.equal(code, 3);
  const answer = JSON.parse(stdout) as {valid: boolean; diagnostics: {code: string}[]};
  assert.equal(answer.valid, false);
  assert.deepEqual(answer.diagnostics.map((one) => one.code).sort(), [
    'unknown-key',
    'unknown-stage-type',
  ]);
  const wrong = await rig.pipeline('validate', 'distillery.yaml');
  assert.equal(wrong.code, 3);
  assert.match(wrong.stderr, /A project file has no key `stores`/);
  await rig.write('distillery.yaml', 'store: x\n');
  const right = await rig.pipeline('validate', 'distillery.yaml');
  assert.equal(right.stdout, 'distillery.yaml is valid: the settings of a project.\n');
});

test(
  'a project file that another user may have put above is passed over, and that is said',
  {
    skip: process.getuid?.() === 0 ? false : 'only root can give files to others',
  },
  async () => {
    await using rig = await Rig.create();
    await rig.write('distillery.yaml', 'store: theirs\n');
    await chown(path.join(rig.folder, 'distillery.yaml'), 4711, 4711);
    await rig.write('mine/p.yaml', said);
    const {code, stdout, stderr} = await rig.pipeline('run', 'mine/p.yaml');
    assert.equal(code, 0);
    assert.equal(stderr, 'distillery.yaml is not used: it belongs to another user.\n');
    assert.match(stdout, /Results in artifacts\/runs/);
    // Whoever runs a pipeline of another user's trusts that user.
    await chown(path.join(rig.folder, 'mine/p.yaml'), 4711, 4711);
    const theirs = await rig.pipeline('run', 'mine/p.yaml');
    assert.match(theirs.stdout, /Results in theirs\/runs/);
  },
);

test("of project files one that all may change, or that a stranger's link leads to, is not used", async () => {
  await using folder = await TemporaryFolder.create();
  const root = folder.path;
  const inside = path.join(root, 'a/b');
  await mkdir(inside, {recursive: true});
  await writeFile(path.join(root, 'distillery.yaml'), '');
  const outer = path.join(root, 'distillery.yaml');
  assert.deepEqual(findProjectFile(inside, inside), {file: outer, refused: []});
  const open = path.join(root, 'a/distillery.yaml');
  await writeFile(open, '');
  await chmod(open, 0o666);
  const refused = [{file: open, why: 'all users may change it'}];
  assert.deepEqual(findProjectFile(inside, inside), {file: outer, refused});
  const dangling = path.join(inside, 'distillery.yaml');
  await symlink('/nonexistent', dangling);
  assert.deepEqual(findProjectFile(inside, inside), {file: outer, refused});
});
