import assert from 'node:assert/strict';
import {test} from 'node:test';
import {rigWithPlugins} from '../../support/program/plugin-rig.ts';
import type {Rig} from '../../support/program/rig.ts';

/** Gives the code of a stage type that writes its parameter by means of another module. */
const plugin = (type: string): string => `
import {defineContract, defineStageType} from 'distillery/stage';

const contract = defineContract({
  type: '${type}',
  version: 1,
  summary: 'Writes a word.',
  params: {word: {type: 'string', description: 'The word', default: 'yes'}},
  inputs: {after: {media: 'text', summary: 'what comes first', optional: true}},
  outputs: {out: {media: 'text', summary: 'the word'}},
});

export const stageTypes = [defineStageType(contract, () => import('./run.mjs'))];
`;

const run = (ending = ''): string => `
import {writeFile} from 'node:fs/promises';
import {StageError} from 'distillery/stage';

export async function run({params, output}) {
  if (params.word === 'no') throw new StageError('No is no word.');
  await writeFile(output('out'), params.word + '${ending}');
}
`;

const files = {
  'pipeline.yaml': `
plugins: [./stages/mine.mjs]
stages:
  word: {uses: write, with: {word: hello}}
  length: {uses: measure, inputs: {of: word.out}}
`,
  'stages/mine.mjs': plugin('write'),
  'stages/run.mjs': run(),
};

async function output(rig: Rig, ...args: readonly string[]): Promise<string> {
  const {code, stdout, stderr} = await rig.pipeline(...args);
  assert.equal(code, 0, stdout + stderr);
  return stdout;
}

test("a stage type of a file of the user's runs, is stored, and runs again when its code changes", async () => {
  await using rig = await rigWithPlugins(files);
  assert.match(await output(rig, 'validate'), /2 instances/);
  await output(rig, 'run');
  assert.equal(await output(rig, 'show', 'word.out'), 'hello\n');
  assert.match(await output(rig, 'plan'), /2 hit, 0 run/);

  await rig.write('stages/run.mjs', run('!'));
  assert.match(await output(rig, 'why', 'word'), /the code of mine\.mjs changed/);
  await output(rig, 'run');
  assert.deepEqual(await rig.started(), ['word', 'length']);
  assert.equal(await output(rig, 'show', 'word.out'), 'hello!\n');

  await rig.write('stages/run.mjs', run());
  assert.match(await output(rig, 'plan'), /2 hit, 0 run/);
});

test('a stage type of a package runs again when the version of the package changes', async () => {
  const manifest = (version: string): string =>
    JSON.stringify({name: '@lab/stages', version, exports: {'.': {import: './mine.mjs'}}});
  await using rig = await rigWithPlugins({
    'pipeline.yaml': `
plugins: ['@lab/stages']
stages:
  word: {uses: write}
`,
    'node_modules/@lab/stages/package.json': manifest('1.0.0'),
    'node_modules/@lab/stages/mine.mjs': plugin('write'),
    'node_modules/@lab/stages/run.mjs': run(),
  });
  await output(rig, 'run');
  assert.match(await output(rig, 'plan'), /1 hit, 0 run/);
  await rig.write('node_modules/@lab/stages/package.json', manifest('1.0.1'));
  assert.match(await output(rig, 'why', 'word'), /the code of @lab\/stages changed/);
});

test('a refusal by a plugin is shown as a sentence', async () => {
  await using rig = await rigWithPlugins(files);
  await rig.write('pipeline.yaml', files['pipeline.yaml'].replace('hello', '"no"'));
  const {code, stdout, stderr} = await rig.pipeline('run');
  assert.equal(code, 1);
  assert.match(stdout + stderr, /No is no word\./);
  assert.doesNotMatch(stdout + stderr, /at run|crash/);
});

test('a worker refuses code that has changed since the run was planned', async () => {
  await using rig = await rigWithPlugins(files);
  await rig.write(
    'pipeline.yaml',
    `
plugins: [./stages/mine.mjs]
stages:
  edit:
    run: [sh, -c, 'echo "// edited" >> "$0" && echo done > "$1"', ${rig.folder}/stages/run.mjs, '\${outputs.log}']
    outputs: {log: text}
    environment: [PATH]
  word: {uses: write, inputs: {after: edit.log}}
`,
  );
  const {code, stdout, stderr} = await rig.pipeline('run');
  assert.equal(code, 1);
  const sentence =
    /The code of mine\.mjs has changed since this run was planned\. Run the pipeline again\./;
  assert.match(stdout + stderr, sentence);
  assert.deepEqual(await rig.started(), ['edit', 'word']);
  await output(rig, 'run');
  assert.deepEqual(await rig.started(), ['word']);
});

test('a nested pipeline has plugins of its own, also of the same names', async () => {
  const cell = `
plugins: [./mine.mjs]
stages:
  word: {uses: write}
outputs: {out: word.out}
`;
  await using rig = await rigWithPlugins({
    'pipeline.yaml': `
stages:
  a: {uses: ./a/cell.yaml}
  b: {uses: ./b/cell.yaml}
  both: {uses: join, inputs: {parts: [a.out, b.out]}}
`,
    'a/cell.yaml': cell,
    'a/mine.mjs': plugin('write'),
    'a/run.mjs': run(' from a'),
    'b/cell.yaml': cell,
    'b/mine.mjs': plugin('write'),
    'b/run.mjs': run(' from b'),
  });
  await output(rig, 'run');
  assert.match(await output(rig, 'show', 'both.out'), /yes from a.*yes from b/s);
  await rig.write('outer.yaml', 'stages: {a: {uses: ./a/cell.yaml}, word: {uses: write}}');
  const {code, stderr} = await rig.pipeline('validate', 'outer.yaml');
  assert.equal(code, 3);
  assert.match(stderr, /There is no stage type "write"/);
});

test('init --stage writes a stage type that runs, says how to use it, and overwrites nothing', async () => {
  await using rig = await rigWithPlugins({'input.txt': 'a\nb\nc\n'});
  const told = await output(rig, 'init', '--stage', 'first-lines');
  await rig.write('pipeline.yaml', told.slice(told.indexOf('plugins:')));
  await output(rig, 'run');
  assert.equal(await output(rig, 'show', 'first-lines.head'), 'a\nb\nc\n');
  const again = await rig.pipeline('init', '--stage', 'first-lines');
  assert.equal(again.code, 2);
  assert.equal(again.stderr, 'stages/first-lines.mjs is there already: nothing was written.\n');
  assert.match(
    await output(rig, 'init', '--stage', 'typed', '--ts'),
    /^Wrote stages\/typed\.mts\./,
  );
  const misnamed = await rig.pipeline('init', '--stage', '../x');
  assert.equal(misnamed.code, 2);
  assert.match(misnamed.stderr, /^The name of a stage type has lower-case letters/);
});

const runsTypeScript = Boolean(
  (process.features as {readonly typescript?: string | false}).typescript,
);

test('a plugin in TypeScript runs where Node.js runs it, and elsewhere a sentence says what to do', async () => {
  await using rig = await rigWithPlugins({
    'pipeline.yaml': 'plugins: [./mine.ts]\nstages: {word: {uses: write}}\n',
    'mine.ts': `${plugin('write')}export const typed: string = '';\n`,
    'run.mjs': run(),
  });
  const {code, stdout, stderr} = await rig.pipeline('run');
  if (runsTypeScript) {
    assert.equal(code, 0, stdout + stderr);
    assert.equal(await output(rig, 'show', 'word.out'), 'yes\n');
    return;
  }
  assert.equal(code, 3);
  assert.equal(
    stderr,
    `pipeline.yaml:1:11 error bad-plugin: ./mine.ts cannot be loaded: this version of Node.js runs no TypeScript. Use 22.18 or later, or compile the file to JavaScript and name that.
  plugins: [./mine.ts]
            ~~~~~~~~~
`,
  );
});
