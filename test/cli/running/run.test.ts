import assert from 'node:assert/strict';
import {test} from 'node:test';
import {Rig} from '../../support/program/rig.ts';

const letters = `
name: letters
params: {first: a}
stages:
  first: {uses: say, with: {text: "\${params.first}"}}
  second: {uses: say, with: {text: b}}
  both: {uses: join, inputs: {parts: [first.out, second.out]}}
  size: {uses: measure, inputs: {of: both.out}}
  again: {uses: join, inputs: {parts: [size.out, size.out]}}
`;

test('a pipeline runs, says what came out, and runs nothing the second time', async () => {
  await using rig = await Rig.create();
  await rig.write('letters.yaml', letters);
  const first = await rig.pipeline('run', 'letters.yaml');
  assert.equal(first.code, 0, first.stdout + first.stderr);
  assert.deepEqual((await rig.started()).toSorted(), ['again', 'both', 'first', 'second', 'size']);

  const second = await rig.pipeline('run', 'letters.yaml');
  assert.equal(second.code, 0);
  assert.deepEqual(await rig.started(), []);
  assert.match(second.stdout, /0 ran, 5 stored already/);
  const [, folder] = /^Results in (\S+)\n {2}again\.txt$/m.exec(second.stdout) ?? [];
  assert.equal(await rig.read(`${folder}/again.txt`), '3+3', second.stdout);
});

test('a warning of a stage is shown and logged, and the run continues', async () => {
  await using rig = await Rig.create();
  await rig.write('p.yaml', 'stages: {it: {uses: say, with: {text: careful}}}\n');
  const {code, stdout, stderr} = await rig.pipeline('run', 'p.yaml');
  assert.equal(code, 0);
  assert.match(stdout + stderr, /^! it {2}That was a warning\.$/m);
  assert.match((await rig.pipeline('logs', 'latest')).stdout, /That was a warning\./);
  const [warning] = (await rig.events()).filter(({kind}) => kind === 'warned');
  assert.ok(warning?.kind === 'warned');
  assert.deepEqual([warning.instance, warning.sentence], ['it', 'That was a warning.']);
});

test('a run whose stages give no files names its log, and the report', async () => {
  await using rig = await Rig.create();
  await rig.write('p.yaml', 'stages: {it: {run: ["true"], outputs: {}}}\n');
  const {code, stdout} = await rig.pipeline('run', 'p.yaml');
  assert.equal(code, 0);
  assert.match(
    stdout,
    /: 1 ran\.\n\nLog in artifacts\/runs\/\S+\/events\.jsonl\nNext\n {2}pipeline report {2}to look at the run as a page\n$/,
  );
  assert.equal((await rig.pipeline('validate', 'p.yaml')).stdout, 'p.yaml is valid: 1 instance.\n');
});
