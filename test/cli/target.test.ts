import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {test} from 'node:test';
import {repositoryFile} from '../support/texts/repository.ts';
import {Rig} from '../support/program/rig.ts';

const letters = `
stages:
  first: {uses: say, matrix: {text: [a, b]}, with: {text: "\${matrix.text}"}}
  both: {uses: join, inputs: {parts: "first.out[*]"}}
  size: {uses: measure, inputs: {of: both.out}}
  other: {uses: say, with: {text: other}}
`;

test('without a file it is pipeline.yaml; selectors and files come in any order', async () => {
  await using rig = await Rig.create();
  await rig.write('pipeline.yaml', letters);
  const {code, stdout, stderr} = await rig.pipeline('run', 'first[text=a]');
  assert.equal(code, 0, stdout + stderr);
  assert.deepEqual(await rig.started(), ['first[text=a]']);
  await rig.pipeline('run', 'both', 'pipeline.yaml');
  assert.deepEqual(await rig.started(), ['first[text=b]', 'both']);
  await rig.pipeline('run', '--until', 'both');
  assert.deepEqual(await rig.started(), ['other']);
  const validated = await rig.pipeline('validate', 'first', 'other');
  assert.equal(validated.stdout, 'pipeline.yaml is valid: 5 instances, 3 of them chosen.\n');
});

test('without a pipeline, or with an unknown one, the exit code is 2 and the message makes suggestions', async () => {
  await using rig = await Rig.create();
  const nothing = await rig.pipeline('run');
  assert.equal(nothing.code, 2);
  assert.match(nothing.stderr, /There is no pipeline\.yaml in this folder: `pipeline init`/);
  await rig.write('letters.yaml', letters);
  const nameless = await rig.pipeline('plan', 'letters');
  assert.equal(nameless.code, 2);
  assert.match(nameless.stderr, /did you mean letters\.yaml\?/);
  await rig.write('pipelines/tables/table9.yaml', letters);
  const cell = await rig.pipeline('why', 'table9[a=1]');
  assert.match(cell.stderr, /did you mean pipelines\/tables\/table9\.yaml\?/);
  const twice = await rig.pipeline('plan', 'letters.yaml', 'other.yml');
  assert.equal(twice.code, 2);
  assert.match(twice.stderr, /letters\.yaml is the first/);
});

test('mistakes in selectors and in the pipeline are reported together, and nothing is written', async () => {
  await using rig = await Rig.create();
  await rig.write('pipeline.yaml', letters.replace('measure', 'measur'));
  const {code, stderr} = await rig.pipeline('run', 'first[', '--until', 'x y');
  assert.equal(code, 3);
  assert.match(stderr, /unknown-stage-type/);
  assert.equal(stderr.match(/error bad-selector/g)?.length, 2);
  assert.deepEqual(await rig.stored('.'), []);
});

test('a pipeline that comes with the program is called distillery/NAME, and a file of that name comes first', async () => {
  await using rig = await Rig.create();
  const shipped = await rig.pipeline('validate', 'distillery/mtt/cifar10-ipc1');
  // The error is about its stage types, which the scripted ones do not include: the program has read the file.
  assert.match(
    shipped.stderr,
    /pipelines\/mtt\/cifar10-ipc1\.yaml:\d+:\d+ error unknown-stage-type/,
  );
  const misspelt = await rig.pipeline('run', 'distillery/quickstrat');
  assert.equal(misspelt.code, 2);
  assert.match(
    misspelt.stderr,
    /No pipeline that comes with this program is called distillery\/quickstrat\.[^]*did you mean `?distillery\/quickstart/,
  );
  await rig.write('distillery/quickstart.yaml', letters);
  const own = await rig.pipeline('validate', 'distillery/quickstart.yaml');
  assert.equal(own.stdout, 'distillery/quickstart.yaml is valid: 5 instances.\n');
  const two = await rig.pipeline('plan', 'distillery/snapshots', 'distillery/quickstart.yaml');
  assert.equal(two.code, 2);
  assert.match(two.stderr, /snapshots\.yaml is the first/);
});

test('--version prints the version of the package and of Node.js', async () => {
  await using rig = await Rig.create();
  const {version} = JSON.parse(readFileSync(repositoryFile('package.json'), 'utf8')) as {
    readonly version: string;
  };
  const {code, stdout} = await rig.pipeline('--version');
  assert.equal(code, 0);
  assert.equal(stdout, `distillery ${version}, Node.js ${process.version}\n`);
});
