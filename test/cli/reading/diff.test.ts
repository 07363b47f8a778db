import assert from 'node:assert/strict';
import {test} from 'node:test';
import {Rig} from '../../support/program/rig.ts';

const pipeline = (text: string, more = ''): string => `
stages:
  part: {uses: say, matrix: {n: [1, 2]}, with: {text: "${text}\${matrix.n}"}}
  both: {uses: join, inputs: {parts: "part.out[*]"}}
  size: {uses: measure, inputs: {of: both.out}}
${more}`;

test('two runs, two instances and two artifacts: what differs, and exit code 1', async () => {
  await using rig = await Rig.create();
  await rig.write('p.yaml', pipeline('a'));
  assert.equal((await rig.pipeline('run', 'p.yaml')).code, 0);
  await rig.write('p.yaml', pipeline('b', '  more: {uses: say, with: {text: x}}\n'));
  assert.equal((await rig.pipeline('run', 'p.yaml')).code, 0);
  const [older, newer] = await rig.runs();

  const runs = await rig.pipeline('diff', older!, newer!);
  assert.equal(runs.code, 1);
  assert.match(runs.stdout, /^\+ more\n/);
  assert.match(runs.stdout, /~ part\[n=1\]\n {4}text: "a1" → "b1"\n {4}output out\n {6}1 - a1\n/);
  assert.match(runs.stdout, /~ both\n {4}its input parts changed\n/);
  // The new text is as long as the old one. The input has changed, but the output is equal.
  assert.match(runs.stdout, /~ size\n {4}its input of changed\n {4}output out: equal\n/);
  const same = await rig.pipeline('diff', newer!, newer!);
  assert.deepEqual(
    [same.code, same.stdout],
    [0, `No difference between ${newer!} and ${newer!}.\n`],
  );

  const results = await rig.pipeline('diff', 'part[n=1]', 'part[n=2]');
  assert.equal(results.code, 1);
  assert.match(results.stdout, /^text: "b1" → "b2"\noutput out\n {2}1 - b1\n {2}1 \+ b2\n/);

  const artifacts = await rig.pipeline('diff', 'part[n=1].out', 'both.out');
  assert.equal(artifacts.code, 1);
  assert.match(artifacts.stdout, /^1 - b1\n1 \+ b1\+b2\n1 line differs/);
  assert.equal((await rig.pipeline('diff', 'both.out', 'both.out')).code, 0);

  const mixed = await rig.pipeline('diff', 'both', 'both.out');
  assert.equal(mixed.code, 2);
  assert.match(mixed.stderr, /an instance's result and an artifact/);
  const unknown = await rig.pipeline('diff', 'bth', 'both.ot');
  assert.equal(unknown.code, 2);
  assert.match(unknown.stderr, /Did you mean `both`[^]*did you mean `both\.out`/);
});

test('a part of a name that several runs share is answered with their names', async () => {
  await using rig = await Rig.create();
  await rig.write('p.yaml', 'stages: {only: {uses: say, with: {text: a}}}\n');
  for (const _ of [0, 1]) assert.equal((await rig.pipeline('run', 'p.yaml')).code, 0);
  const {code, stderr} = await rig.pipeline('diff', '2', 'latest');
  assert.equal(code, 2);
  assert.match(stderr, /^`2` may be any of 2 runs: /);
});
