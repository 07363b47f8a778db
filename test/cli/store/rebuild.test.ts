import assert from 'node:assert/strict';
import {test} from 'node:test';
import {fileURLToPath} from 'node:url';
import {judge} from '../../../src/report/text/rebuild-text.ts';
import {Rig} from '../../support/program/rig.ts';

const pipeline = `
stages:
  first: {uses: say, with: {text: abc}}
  size: {uses: measure, inputs: {of: first.out}}
  odd: {uses: drift}
  end: {uses: join, inputs: {parts: [size.out, odd.out]}}
`;

async function everything(rig: Rig): Promise<readonly string[]> {
  const parts = ['cas', 'records', 'fingerprints', 'checkpoints', 'leases', 'work', 'runs'];
  const files = await Promise.all(parts.map((part) => rig.stored(part)));
  return files.flat();
}

test('stored instances run again on their recorded inputs and are compared, and the store stays as it was', async () => {
  await using rig = await Rig.create();
  await rig.write('p.yaml', pipeline);
  assert.equal((await rig.pipeline('run', 'p.yaml')).code, 0);
  const before = await everything(rig);
  const same = await rig.pipeline('verify', '--rebuild', 'size', '--rebuild', 'first', 'p.yaml');
  assert.equal(same.code, 0, same.stdout + same.stderr);
  assert.match(same.stdout, /✓ first\.out {2}equal to the last byte/);
  assert.match(same.stdout, /✓ size\.out {2}equal to the last byte\n✓ size\.table {2}equal/);
  // An instance downstream of an output that came out differently still receives the recorded output.
  const odd = await rig.pipeline('verify', '--rebuild', 'odd', '--rebuild', 'end', 'p.yaml');
  assert.equal(odd.code, 1, odd.stdout + odd.stderr);
  assert.match(odd.stdout, /✗ odd\.out {2}diverged\n {4}1 - .*\n {4}1 \+ .*\n {4}1 line differs/);
  assert.match(odd.stdout, /✓ end\.out {2}equal to the last byte/);
  assert.match(odd.stdout, /\n\d outputs? equal to the last byte, 1 diverged\.\n$/);
  assert.deepEqual(await everything(rig), before);
  assert.equal((await rig.pipeline('verify')).code, 0);
});

test('an instance that is not stored cannot be rebuilt, and an unknown stage is refused', async () => {
  await using rig = await Rig.create();
  await rig.write('pipeline.yaml', pipeline);
  const absent = await rig.pipeline('verify', '--rebuild', 'first');
  assert.deepEqual(
    [absent.code, absent.stderr],
    [1, 'first is not stored: there is nothing to compare with.\n'],
  );
  const unknown = await rig.pipeline('verify', '--rebuild', 'frist');
  assert.deepEqual([unknown.code, /did you mean `first`/.test(unknown.stderr)], [3, true]);
});

test('a tensor that comes out a little differently is within the tolerance or has diverged, and by how much', async () => {
  const program = fileURLToPath(
    new URL('../../support/registries/drifting-program.js', import.meta.url),
  );
  await using rig = await Rig.create();
  const command = `[node, ${program}, '\${outputs.out}', '0.125', ${rig.folder}/count]`;
  await rig.write('p.yaml', `stages: {drift: {run: ${command}, outputs: {out: transform}}}\n`);
  assert.equal((await rig.pipeline('run', 'p.yaml')).code, 0);
  const near = await rig.pipeline('verify', '--rebuild', 'drift', '--tolerance', '0.125', 'p.yaml');
  assert.equal(near.code, 0, near.stdout + near.stderr);
  const shown = near.stdout.slice(near.stdout.indexOf('≈'));
  assert.equal(
    shown,
    [
      '≈ drift.out  within the tolerance of 0.125',
      '    tensor  type     differ  max |Δ|  mean |Δ|  max relative',
      '    moving  F32 2×2       1    0.125   0.03125           0.5',
      '    1 tensor is equal',
      '    metadata',
      '      history.loss: max |Δ| 0.125',
      '1 output within the tolerance.',
      '',
    ].join('\n'),
  );
  // The output's deviation has doubled.
  const far = await rig.pipeline('verify', '--rebuild', 'drift', '--tolerance', '0.125', 'p.yaml');
  assert.equal(far.code, 1);
  assert.match(far.stdout, /\n✗ drift\.out {2}diverged\n/);
  assert.match(far.stdout, /\n {4}moving {2}F32 2×2 {7}1 {5}0\.25 {4}0\.0625 {2}/);
});

test('an instance that now fails is reported with its log and the command that rebuilds it alone', async () => {
  await using rig = await Rig.create();
  const script = `echo on the way; mkdir "$1" && echo made > outputs/out.txt`;
  const command = `[sh, -c, '${script}', sh, ${rig.folder}/once]`;
  await rig.write('p.yaml', `stages: {once: {run: ${command}, outputs: {out: text}}}\n`);
  assert.equal((await rig.pipeline('run', 'p.yaml')).code, 0);
  const {code, stdout} = await rig.pipeline('verify', 'p.yaml', '--rebuild', 'once', '-j', '1');
  assert.equal(code, 1);
  assert.match(stdout, /✗ once failed\. sh ended with exit code 1\.\n {2}│ on the way\n/);
  assert.doesNotMatch(stdout, /log: /);
  assert.match(stdout, /\n {2}again: {2}pipeline verify p\.yaml -j 1 --rebuild once\n/);
  assert.match(stdout, /\n1 instance failed\.\n$/);
  assert.deepEqual(await rig.stored('work'), []);
});

test('options without effect are refused, and so are requests for more devices than exist', async () => {
  await using rig = await Rig.create();
  const stage = (more: string): string => `stages: {one: {uses: say, with: {text: a}${more}}}\n`;
  await rig.write('p.yaml', stage(''));
  assert.equal((await rig.pipeline('run', 'p.yaml')).code, 0);
  await rig.write('p.yaml', stage(', resources: {gpu: 1}'));
  const gpu = await rig.pipeline('verify', '--rebuild', 'one', '--devices', 'none', 'p.yaml');
  assert.deepEqual([gpu.code, /one asks for 1 GPU, and/.test(gpu.stderr)], [3, true], gpu.stderr);
  for (const [words, message] of [
    [['p.yaml'], 'p.yaml needs --rebuild'],
    [['--tolerance', '1'], '--tolerance needs --rebuild'],
    [['--engine', 'auto'], '--engine needs --rebuild'],
    [['--rebuild', 'one', '--repair'], "cannot be used with option '--repair'"],
  ] as const) {
    const {code, stderr} = await rig.pipeline('verify', ...words);
    assert.deepEqual([code, stderr.includes(message)], [2, true], stderr);
  }
});

test('numbers may differ by the tolerance, and nothing else may', () => {
  const deviation = {
    count: 4,
    differing: 1,
    maxAbs: 0.25,
    meanAbs: 0.1,
    maxRelative: 1,
    unlike: 0,
    nans: [0, 0],
    infinities: [0, 0],
  } as const;
  const tensors = (changes: object): Parameters<typeof judge>[0] => ({
    kind: 'tensors',
    tensors: [{name: 'x', ...deviation, ...changes}],
    metadata: [],
  });
  const metadata = (change: object): Parameters<typeof judge>[0] => ({
    kind: 'tensors',
    tensors: [],
    metadata: [{name: 'x', ...change}],
  });
  assert.equal(judge({kind: 'equal'}, 0), 'equal');
  assert.equal(judge(metadata({a: '1', b: '1.5', maxAbs: 0.5}), 0.5), 'within');
  assert.equal(judge(metadata({a: '1', b: '1.5', maxAbs: 0.5}), 0.4), 'diverged');
  assert.equal(judge(metadata({a: 'one', b: 'other'}), 9), 'diverged');
  const [f32, f64] = [{dtype: 'F32'}, {dtype: 'F64'}];
  assert.equal(judge(tensors({a: f32, b: f64}), 1), 'diverged');
  assert.equal(judge(tensors({}), 0.25), 'within');
  assert.equal(judge(tensors({}), 0.2), 'diverged');
  assert.equal(judge(tensors({unlike: 1}), 1), 'diverged');
  assert.equal(judge(tensors({maxAbs: undefined}), 1), 'diverged');
  assert.equal(judge({kind: 'different', note: 'x'}, 1), 'diverged');
  const picture = {kind: 'image', width: 1, height: 1, channels: 1, depth: 8} as const;
  const pictures = {kind: 'image', a: picture, b: picture} as const;
  assert.equal(judge({...pictures, ...deviation, maxAbs: 1}, 1), 'within');
  assert.equal(judge({...pictures, ...deviation, maxAbs: 2}, 1), 'diverged');
  assert.equal(judge(pictures, 1), 'diverged');
});

test('an instance to rebuild that is not there is shown as it was typed', async () => {
  await using rig = await Rig.ran('stages: {only: {uses: say, with: {text: a}}}\n');
  const {code, stderr} = await rig.pipeline('verify', '--rebuild', 'nope', 'p.yaml');
  assert.equal(code, 3);
  assert.match(stderr, /--rebuild nope/);
  assert.doesNotMatch(stderr, /--force/);
});
