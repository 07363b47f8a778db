/** What keys cover besides the pipeline's text: members must see what was there when the run was submitted. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {rigWithPlugins} from '../../support/program/plugin-rig.ts';
import {Rig, type Finished} from '../../support/program/rig.ts';

/** A cluster whose members are started by the test. */
const profile = `
kind: command
submit: [echo, "\${script}", "\${n}"]
list: ['true', "\${name}"]
cancel: ['true', "\${name}"]
pools: {any: {max: 1}}
`;

/** A pipeline whose program is given a variable. */
const withToken = `
stages: {a: {run: [touch, "\${outputs.out}"], environment: [TOKEN], outputs: {out: text}}}
`;

/** The code of a stage type. */
const plugin = `
import {writeFile} from 'node:fs/promises';
import {defineContract, defineStageType} from 'distillery/stage';

const contract = defineContract({
  type: 'write',
  version: 1,
  summary: 'Writes a word.',
  params: {},
  inputs: {},
  outputs: {out: {media: 'text', summary: 'the word'}},
});

const run = async ({output}) => await writeFile(output('out'), 'word');
export const stageTypes = [defineStageType(contract, () => Promise.resolve({run}))];
`;

async function submitted(rig: Rig): Promise<readonly string[]> {
  await rig.write('clusters/here.yaml', profile);
  const {code, stderr} = await rig.pipeline('run', '--on', 'here', '--detach');
  assert.equal(code, 0, stderr);
  const [run] = await rig.runs();
  return ['work', run!, '--store', 'artifacts', '--pool', 'any'];
}

function assertRefused({code, stderr}: Finished, expected: RegExp): void {
  assert.equal(code, 2, stderr);
  assert.match(stderr, expected);
}

test('a member with another value of a variable does not join', async () => {
  await using rig = await Rig.create();
  await rig.write('pipeline.yaml', withToken);
  const words = await submitted(rig.with({TOKEN: 'one'}));
  const other = /^The variable TOKEN has another value than where run \S+ was submitted\.$/m;
  assertRefused(await rig.with({TOKEN: 'two'}).pipeline(...words), other);
  assertRefused(await rig.pipeline(...words), other);
  assert.equal((await rig.with({TOKEN: 'one'}).pipeline(...words)).code, 0);
});

test('a member does not join when a variable is set that was not', async () => {
  await using rig = await Rig.create();
  await rig.write('pipeline.yaml', withToken);
  const words = await submitted(rig);
  assertRefused(
    await rig.with({TOKEN: 'two'}).pipeline(...words),
    /^The variable TOKEN has another/m,
  );
});

test('a member does not join when a plugin has changed', async () => {
  await using rig = await rigWithPlugins({
    'pipeline.yaml': 'plugins: [./mine.mjs]\nstages: {a: {uses: write}}\n',
    'mine.mjs': plugin,
  });
  const words = await submitted(rig);
  await rig.write('mine.mjs', `${plugin}// changed\n`);
  const changed = /^The plugin mine\.mjs has changed since run \S+ was submitted\.$/m;
  assertRefused(await rig.pipeline(...words), changed);
  await rig.write('mine.mjs', plugin);
  assert.equal((await rig.pipeline(...words)).code, 0);
});
