import assert from 'node:assert/strict';
import {test} from 'node:test';
import {Rig} from '../../support/program/rig.ts';

const mistakes = `
params: {steps: ten}
stages:
  a: {uses: sya, with: {text: hello}}
  b: {uses: say, wiht: {txt: b}}
  c: {uses: churn, with: {text: "\${params.name}", steps: "\${params.steps}"}}
  d: {uses: measure, inputs: {of: b.otu}}
  e: {uses: ./cell.yaml, with: {wrod: e}}
  f: {run: [cat, "\${inputs.file}"], inputs: {fiel: ./lettres.txt}, outputs: {out: txet}}
`;

test('validate tells every mistake at once, in order, each with place, caret and what was meant', async () => {
  await using rig = await Rig.create();
  await rig.write('pipeline.yaml', mistakes);
  await rig.write('cell.yaml', 'params: {word: x}\nstages: {s: {uses: say, with: {text: 1}}}\n');
  await rig.write('letters.txt', 'abc');
  const {code, stdout, stderr} = await rig.pipeline('validate');
  assert.equal(code, 3);
  assert.equal(stdout, '');
  const told = stderr.trimEnd().split('\n\n');
  const heads = told.map((text) => text.split('\n')[0]!.replace(/: .*/, ''));
  assert.deepEqual(heads, [
    'cell.yaml:2:38 error bad-value',
    'pipeline.yaml:4:13 error unknown-stage-type',
    'pipeline.yaml:5:18 error unknown-key',
    'pipeline.yaml:5:25 error unknown-param',
    'pipeline.yaml:6:34 error unknown-name',
    'pipeline.yaml:6:58 error bad-value',
    'pipeline.yaml:7:37 error unknown-output',
    'pipeline.yaml:8:33 error unknown-param',
    'pipeline.yaml:9:19 error unknown-name',
    'pipeline.yaml:9:52 error missing-file',
    'pipeline.yaml:9:83 error unknown-media',
  ]);
  const meant = told.flatMap((text) => /did you mean (.*)\?/.exec(text)?.[1] ?? []);
  assert.deepEqual(meant, [
    '`say`',
    '`with`',
    '`text`',
    '`b.out`',
    '`word`',
    '${inputs.fiel}',
    './letters.txt',
    '`text`',
  ]);
  assert.match(told[1]!, /\n {4}a: \{uses: sya, with: \{text: hello\}\}\n {14}~~~\n/);
  assert.deepEqual(await rig.stored(''), []);

  // Every other command that reads a pipeline prints the same mistakes and does nothing.
  for (const command of ['run', 'plan', 'why', 'graph']) {
    const other = await rig.pipeline(command);
    assert.deepEqual([other.code, other.stdout, other.stderr], [3, '', stderr], command);
  }
  assert.deepEqual(await rig.stored(''), []);
});

test('validate says how many instances there are, and how many of them are chosen', async () => {
  await using rig = await Rig.create();
  await rig.write(
    'p.yaml',
    'stages: {a: {uses: say, matrix: {seed: {count: 3}}, with: {text: "t${matrix.seed}"}}}\n',
  );
  const all = await rig.pipeline('validate', 'p.yaml');
  assert.deepEqual([all.code, all.stdout], [0, 'p.yaml is valid: 3 instances.\n']);
  const some = await rig.pipeline('validate', 'p.yaml', 'a[seed=0|2]');
  assert.equal(some.stdout, 'p.yaml is valid: 3 instances, 2 of them chosen.\n');
  const none = await rig.pipeline('validate', 'p.yaml', 'a[sed=0]');
  assert.equal(none.code, 3);
  assert.match(none.stderr, /unknown-axis: .*\n.*\n.*\n {2}did you mean `seed`\?/);
});

test('a pipeline with warnings is valid', async () => {
  await using rig = await Rig.create();
  await rig.write('p.yaml', 'params: {spare: 1}\nstages: {a: {uses: say, with: {text: a}}}\n');
  const {code, stderr, stdout} = await rig.pipeline('validate', 'p.yaml');
  assert.equal(code, 0);
  assert.match(stderr, /^p\.yaml:1:10 warning unused-param: /);
  assert.equal(stdout, 'p.yaml is valid: 1 instance.\n');
});
