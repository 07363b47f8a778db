import assert from 'node:assert/strict';
import {createHash} from 'node:crypto';
import {readFile} from 'node:fs/promises';
import {test} from 'node:test';
import {Rig} from '../../support/program/rig.ts';

const pipeline = `
params: {numerics: any}
numerics: "\${params.numerics}"
stages:
  text: {uses: say, with: {text: a}}
  result: {uses: reckon, with: {text: x}}
  size: {uses: measure, inputs: {of: result.out}}
  cell: {uses: ./cell.yaml}
`;
/** The same pipeline, except that `result` depends on `text`. */
const waiting = pipeline.replace('{text: x}}', '{text: x}, inputs: {of: text.out}}');
const cell = 'stages: {inner: {uses: reckon, with: {text: y}}}\n';

async function rigWith(): Promise<Rig> {
  const rig = await Rig.create();
  await rig.write('p.yaml', pipeline);
  await rig.write('cell.yaml', cell);
  return rig;
}

/** Plans and runs the pipeline; checks that both agree, and gives the instances that ran. */
async function run(rig: Rig, ...options: readonly string[]): Promise<readonly string[]> {
  const planned = await rig.pipeline('plan', 'p.yaml', '--json', ...options);
  assert.equal(planned.code, 0, planned.stderr);
  const lines = planned.stdout.trim().split('\n');
  const told = lines.map((line) => JSON.parse(line) as {instance: string; verdict: string});
  const {code, stdout, stderr} = await rig.pipeline('run', 'p.yaml', ...options);
  assert.equal(code, 0, stdout + stderr);
  const started = await rig.started();
  for (const {instance, verdict} of told) {
    if (verdict !== 'maybe') assert.equal(started.includes(instance), verdict === 'run', instance);
  }
  return [...started].sort();
}

async function outOf(rig: Rig, instance: string): Promise<string> {
  return await readFile(await rig.artifactOf(instance), 'utf8');
}

const numerics = (name: string): readonly string[] => ['--set', `numerics=${name}`];
const everything = ['cell/inner', 'result', 'size', 'text'];
/** The instances that compute on an engine, and those downstream of them. */
const reckoning = ['cell/inner', 'result', 'size'];

test('under `any` the engine is no part of a key, and keys are those of versions without `numerics`', async () => {
  await using rig = await rigWith();
  assert.deepEqual(await run(rig), everything);
  const preimage = (type: string, text: string): string =>
    `["stage-key",1,{"environment":{},"inputs":{"of":[]},"params":{${text}},"type":"${type}","version":1}]`;
  const keys = ['"text":"x"', '"text":"y"'].map((params) =>
    createHash('sha256').update(preimage('reckon', params)).digest('hex'),
  );
  const stored = await rig.stored('records');
  for (const key of keys) assert.ok(stored.includes(`${key.slice(0, 2)}/${key}.json`));
  for (const engine of ['wasm', 'wasm-precise', 'tfjs']) {
    assert.deepEqual(await run(rig, '--engine', engine), []);
  }
  assert.deepEqual(await run(rig, '--force', 'result', '--engine', 'tfjs'), ['result', 'size']);
  assert.equal(await outOf(rig, 'result'), 'any on tfjs');
});

test('under `engine` each engine has its own results, and stages without tensor programs keep theirs', async () => {
  await using rig = await rigWith();
  await run(rig);
  assert.deepEqual(await run(rig, ...numerics('engine')), reckoning);
  assert.equal(await outOf(rig, 'result'), 'engine on wasm');
  assert.equal(await outOf(rig, 'cell/inner'), 'engine on wasm');
  assert.deepEqual(await run(rig, ...numerics('engine'), '--engine', 'wasm'), []);
  assert.deepEqual(await run(rig, ...numerics('engine'), '--engine', 'wasm-precise'), reckoning);
  assert.deepEqual(await run(rig, ...numerics('engine'), '--engine', 'tfjs'), reckoning);
  assert.equal(await outOf(rig, 'result'), 'engine on tfjs');
  assert.deepEqual(await run(rig), []);
});

test('under `bitwise` results are apart from those under `engine`, and tfjs is refused', async () => {
  await using rig = await rigWith();
  await run(rig, ...numerics('engine'));
  assert.deepEqual(await run(rig, ...numerics('bitwise')), reckoning);
  assert.equal(await outOf(rig, 'result'), 'bitwise on wasm');
  for (const command of ['run', 'plan', 'why']) {
    const refused = await rig.pipeline(
      command,
      'p.yaml',
      ...numerics('bitwise'),
      '--engine',
      'tfjs',
    );
    assert.equal(refused.code, 2, command);
    assert.match(refused.stderr, /^command line:1:1 error unmet-numerics: /);
  }
});

test('--software reaches the stage, and is no part of a key', async () => {
  await using rig = await rigWith();
  const options = [...numerics('engine'), '--engine', 'webgpu'];
  const ran = await rig.pipeline('run', 'p.yaml', ...options, '--software');
  assert.equal(ran.code, 0, ran.stdout + ran.stderr);
  assert.equal(await outOf(rig, 'result'), 'engine on webgpu in software');
  assert.deepEqual(await run(rig, ...options), []);
});

test('why, plan, show and diff say in words that the engine is why', async () => {
  await using rig = await rigWith();
  await run(rig);
  const change = 'numerics: any → bitwise on wasm-precise F(2, 3)';
  const options = [...numerics('bitwise'), '--engine', 'wasm-precise'];
  const why = await rig.pipeline('why', 'p.yaml', 'result', ...options);
  assert.ok(why.stdout.includes(`run    result  (reckon)\n       ${change}\n`), why.stdout);
  const plan = await rig.pipeline('plan', 'p.yaml', ...options);
  assert.ok(plan.stdout.includes(`       ${change}\n`), plan.stdout);
  await run(rig, ...options);
  const stored = await rig.pipeline('why', 'p.yaml', 'result', ...options);
  assert.match(stored.stdout, /\n {7}engine: wasm-precise\n/);
  assert.ok(stored.stdout.includes(`it ran because ${change}\n`), stored.stdout);
  const show = await rig.pipeline('show', 'result');
  assert.match(show.stdout, /\n +numerics +bitwise on wasm-precise F\(2, 3\)\n/);
  const [first, last] = await rig.runs();
  const diff = await rig.pipeline('diff', first!, last!);
  assert.ok(diff.stdout.includes(`~ result\n    ${change}\n`), diff.stdout);
});

test('an instance whose inputs are not computed yet is compared with earlier results by its engine', async () => {
  await using rig = await rigWith();
  await rig.write('p.yaml', waiting);
  await run(rig);
  const plan = await rig.pipeline(
    'plan',
    'p.yaml',
    'result',
    '--force',
    'text',
    ...numerics('engine'),
  );
  assert.match(plan.stdout, /run {4}result.*\n {7}numerics: any → engine on wasm F\(4, 3\)\n/);
});

test('diff names the engines of results whose keys do not contain them', async () => {
  await using rig = await rigWith();
  await run(rig);
  await rig.write('p.yaml', pipeline.replace('text: x', 'text: z'));
  await run(rig, '--engine', 'wasm-precise');
  const [first, last] = await rig.runs();
  const diff = await rig.pipeline('diff', first!, last!);
  const changes = '~ result\n    text: "x" → "z"\n    engine: "auto" → "wasm-precise"\n';
  assert.ok(diff.stdout.includes(changes), diff.stdout);
});

test('a stored result is rebuilt under the numerics of its key, and found under no other', async () => {
  await using rig = await rigWith();
  const options = [...numerics('engine'), '--engine', 'wasm-precise'];
  await run(rig, ...options);
  const rebuild = async (...more: readonly string[]) =>
    await rig.pipeline('verify', '--rebuild', 'result', 'p.yaml', ...more);
  // `reckon` writes the engine that it was told to compute on.
  const same = await rebuild(...options);
  assert.equal(same.code, 0, same.stdout + same.stderr);
  assert.match(same.stdout, /✓ result\.out {2}equal to the last byte/);
  const other = await rebuild(...numerics('engine'));
  assert.deepEqual(
    [other.code, other.stderr],
    [1, 'result is not stored: there is nothing to compare with.\n'],
  );
  assert.equal((await rig.pipeline('verify')).code, 0);
});
