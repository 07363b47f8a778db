import assert from 'node:assert/strict';
import {test} from 'node:test';
import {rigWithPlugins} from '../../support/program/plugin-rig.ts';

/** A stage type that counts, and says which numbers it has counted by itself. */
const module = `
import {readFileSync, writeFileSync} from 'node:fs';
import {defineContract, defineStageType} from 'distillery/stage';

const contract = defineContract({
  type: 'count',
  version: 1,
  summary: 'Counts.',
  params: {to: {type: 'integer', minimum: 1}},
  inputs: {begun: {media: 'text', summary: 'the numbers so far', optional: true}},
  outputs: {out: {media: 'text', summary: 'the numbers'}},
  goesOn: {by: 'to', output: 'out', input: 'begun'},
});

export const stageTypes = [
  defineStageType(contract, async ({params, inputs, output, log}) => {
    const [begun] = inputs.begun;
    const numbers = begun === undefined ? [] : readFileSync(begun, 'utf8').trim().split(' ');
    log('counts from ' + (numbers.length + 1));
    for (let n = numbers.length + 1; n <= params.to; n++) numbers.push(String(n));
    writeFileSync(output('out'), numbers.join(' '));
  }),
];
`;

const pipeline = (to: number): string =>
  `plugins: [./count.mjs]\nstages: {a: {uses: count, with: {to: ${to}}}}\n`;

test('a stage type of a plugin goes on from a stored result, and plan and why say so', async () => {
  await using rig = await rigWithPlugins({'count.mjs': module, 'p.yaml': pipeline(2)});
  const run = async (): Promise<string> => {
    const {code, stdout, stderr} = await rig.pipeline('run', 'p.yaml');
    assert.equal(code, 0, stdout + stderr);
    return stderr + stdout + (await rig.pipeline('logs', 'a')).stdout;
  };
  assert.match(await run(), /counts from 1$/m);
  await rig.write('p.yaml', pipeline(5));
  const says = 'to: 2 → 5\n       it goes on from the stored result with to: 2\n';
  assert.ok((await rig.pipeline('plan', 'p.yaml')).stdout.includes(says));
  const why = await rig.pipeline('why', 'p.yaml', 'a');
  assert.match(why.stdout, /compared with the result of/);
  const printed = await run();
  assert.match(printed, /counts from 3$/m);
  assert.match(printed, /a: to: 2 → 5, from what is stored$/m);
  assert.match((await rig.pipeline('show', 'a.out')).stdout, /^1 2 3 4 5$/m);

  // Another code may give other numbers.
  await rig.write('count.mjs', module.replace('counts from', 'has counted from'));
  await rig.write('p.yaml', pipeline(6));
  assert.match(await run(), /has counted from 1$/m);
});
