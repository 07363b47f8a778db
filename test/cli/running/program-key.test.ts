import assert from 'node:assert/strict';
import {rename} from 'node:fs/promises';
import path from 'node:path';
import {test} from 'node:test';
import {Rig} from '../../support/program/rig.ts';

const script = `
const {readFileSync, writeFileSync} = require('node:fs');
writeFileSync('outputs/length.txt', String(readFileSync(process.argv[2], 'utf8').length));
`;

const pipeline = `
params: {text: hello}
stages:
  text: {uses: say, with: {text: "\${params.text}"}}
  length:
    run: [node, "\${inputs.script}", "\${inputs.text}"]
    inputs: {script: ./length.cjs, text: text.out}
    outputs: {length: text}
    environment: [RIG_MODE, LEVEL=1]
  size: {uses: measure, inputs: {of: length.length}}
`;

async function rigWithScript(text = pipeline): Promise<Rig> {
  const rig = await Rig.create();
  await rig.write('length.cjs', script);
  await rig.write('p.yaml', text);
  await run(rig, {RIG_MODE: 'a'});
  return rig;
}

/** Runs the pipeline; gives the instances that it started. */
async function run(
  rig: Rig,
  environment: Readonly<Record<string, string>>,
  ...options: readonly string[]
): Promise<readonly string[]> {
  const {code, stdout} = await rig.with(environment).pipeline('run', 'p.yaml', ...options);
  assert.equal(code, 0, stdout);
  return await rig.started();
}

test('undeclared variables, names, resources and the name of a script are no part of the key', async () => {
  await using rig = await rigWithScript();
  assert.deepEqual(await run(rig, {RIG_MODE: 'a', OTHER: 'changed'}), []);
  await rename(path.join(rig.folder, 'length.cjs'), path.join(rig.folder, 'renamed.cjs'));
  const renamed = pipeline
    .replaceAll('length:\n', 'renamed:\n')
    .replace('length.length', 'renamed.length')
    .replace('./length.cjs', './renamed.cjs')
    .replace('environment:', 'timeout: 1h\n    resources: {device: 1}\n    environment:');
  await rig.write('p.yaml', renamed);
  assert.deepEqual(await run(rig, {RIG_MODE: 'a'}), []);
});

test('the value of a declared variable is part of the key, and so is whether it is set', async () => {
  await using rig = await rigWithScript();
  const planned = await rig.with({RIG_MODE: 'b'}).pipeline('plan', 'p.yaml');
  assert.match(planned.stdout, /run {4}length.*\n {7}\$RIG_MODE: sha256 \w{8}… → sha256 \w{8}…\n/);
  assert.deepEqual(await run(rig, {RIG_MODE: 'b'}), ['length']);
  assert.deepEqual(await run(rig, {}), ['length']);
  assert.deepEqual(await run(rig, {RIG_MODE: ''}), ['length']);
  assert.deepEqual(await run(rig, {RIG_MODE: 'a'}), []);
  await rig.write('p.yaml', pipeline.replace('LEVEL=1', 'LEVEL=2'));
  const changed = await rig.with({RIG_MODE: 'a'}).pipeline('plan', 'p.yaml');
  assert.match(changed.stdout, /\$LEVEL: "1" → "2"\n/);
  assert.deepEqual(await run(rig, {RIG_MODE: 'a'}), ['length']);
});

test('the value of a variable that is passed on is stored nowhere', async () => {
  await using rig = await Rig.create();
  const text = 'stages: {it: {run: ["true"], outputs: {}, environment: [MY_TOKEN]}}\n';
  await rig.write('p.yaml', text);
  assert.deepEqual(await run(rig, {MY_TOKEN: 'hush-4711'}), ['it']);
  const files = await rig.stored('.');
  assert.ok(files.some((file) => file.startsWith('fingerprints/run/')));
  for (const file of files) {
    assert.ok(!(await rig.read(`artifacts/${file}`)).includes('hush-4711'), file);
  }
});

test('after an edit of a script, the instances that use it run, and those downstream of changed bytes', async () => {
  await using rig = await rigWithScript();
  await rig.write('length.cjs', `${script}// faster`);
  const planned = await rig.with({RIG_MODE: 'a'}).pipeline('plan', 'p.yaml');
  assert.match(planned.stdout, /run {4}\.\/length\.cjs.*\n.*the file is new or was edited\n/);
  assert.match(planned.stdout, /run {4}length .*\n.*its input script changed\n/);
  assert.match(planned.stdout, /1 hit, 2 run, 1 maybe/);
  assert.deepEqual(await run(rig, {RIG_MODE: 'a'}), ['./length.cjs', 'length']);
  await rig.write('length.cjs', script.replace('.length))', '.length + 100))'));
  assert.deepEqual(await run(rig, {RIG_MODE: 'a'}), ['./length.cjs', 'length', 'size']);
  await rig.write('length.cjs', script);
  assert.deepEqual(await run(rig, {RIG_MODE: 'a'}), []);
});

test('an input with the same bytes is the same input', async () => {
  await using rig = await rigWithScript();
  await rig.write(
    'p.yaml',
    pipeline
      .replace(
        '{uses: say, with: {text: "${params.text}"}}',
        '{run: [cp, "${inputs.from}", "${outputs.out}"], inputs: {from: ./hello.txt}, outputs: {out: text}}',
      )
      .replace('params: {text: hello}', ''),
  );
  await rig.write('hello.txt', 'hello');
  assert.deepEqual((await run(rig, {RIG_MODE: 'a'})).toSorted(), ['./hello.txt', 'text']);
});

test('arguments and outputs are part of the key, and the plan says which of them changed', async () => {
  await using rig = await rigWithScript();
  const text = pipeline.replace('"${inputs.text}"]', '"${inputs.text}", "${params.text}", more]');
  await rig.write('p.yaml', text);
  assert.deepEqual(await run(rig, {RIG_MODE: 'a'}), ['length']);
  const planned = await rig.with({RIG_MODE: 'a'}).pipeline('plan', 'p.yaml', '--set', 'text=abc');
  assert.match(planned.stdout, /run {4}length.*\n {7}params\.text: "hello" → "abc"\n/);
  await rig.write(
    'p.yaml',
    text.replace('{length: text}', '{length: markdown}').replace('length.length', 'text.out'),
  );
  const {code, stdout} = await rig.with({RIG_MODE: 'a'}).pipeline('run', 'p.yaml');
  assert.equal(code, 1);
  assert.match(stdout, /The output length was not written/);
});

test('text that looks like a path is not the path', async () => {
  await using rig = await Rig.create();
  const stage = (argument: string): string =>
    `params: {x: '\${inputs.it}'}\nstages: {it: {run: [echo, "${argument}"], inputs: {it: ./p.yaml}, outputs: {}}}\n`;
  await rig.write('p.yaml', stage('${inputs.it}'));
  assert.deepEqual(await run(rig, {}), ['./p.yaml', 'it']);
  await rig.write('p.yaml', stage('${params.x}'));
  assert.deepEqual(await run(rig, {}), ['./p.yaml', 'it']);
  const [name] = (await rig.runs()).slice(-1);
  assert.equal(await rig.read(`artifacts/runs/${name!}/logs/it.log`), '${inputs.it}\n');
});

test('every point of a matrix is run with its own arguments and variables, in nested pipelines too', async () => {
  await using rig = await Rig.create();
  await rig.write(
    'cell.yaml',
    `
params: {seed: 0}
stages:
  draw:
    run: [sh, -c, 'echo "$SEED $1 $FACTOR" > outputs/number.txt', sh, "\${matrix.factor}"]
    matrix: {factor: [1, 2]}
    outputs: {number: text}
    environment: ["SEED=\${params.seed}", "FACTOR=\${matrix.factor}"]
  all: {run: [cat, "\${inputs.numbers}"], inputs: {numbers: "draw.number[*]"}, outputs: {}}
outputs: {numbers: "draw.number[*]"}
`,
  );
  await rig.write(
    'p.yaml',
    `
stages:
  cell: {uses: ./cell.yaml, matrix: {seed: [7, 8]}, with: {seed: "\${matrix.seed}"}}
  joined:
    run: [sh, -c, 'cat "$@" > outputs/all.txt', sh, "\${inputs.cells}"]
    inputs: {cells: "cell.numbers[*]"}
    outputs: {all: text}
`,
  );
  assert.equal((await run(rig, {})).length, 7);
  const results = `artifacts/runs/${(await rig.runs()).at(-1)!}/results`;
  assert.equal(await rig.read(`${results}/joined.txt`), '7 1 1\n7 2 2\n8 1 1\n8 2 2\n');
  assert.deepEqual(await run(rig, {}), []);
});
