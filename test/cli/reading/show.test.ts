import assert from 'node:assert/strict';
import {appendFile, chmod, readdir} from 'node:fs/promises';
import path from 'node:path';
import {test} from 'node:test';
import {Rig} from '../../support/program/rig.ts';

const pipeline = (text: string): string => `
stages:
  part: {uses: say, matrix: {n: [1, 2]}, with: {text: "${text}\${matrix.n}"}}
  both: {description: Joins them., uses: join, inputs: {parts: "part.out[*]"}}
  size: {uses: measure, inputs: {of: both.out}}
`;

async function rigWithResults(): Promise<Rig> {
  const rig = await Rig.create();
  await rig.write('p.yaml', pipeline('a'));
  assert.equal((await rig.pipeline('run', 'p.yaml')).code, 0);
  return rig;
}

test('an instance: its parameters, where its inputs come from, and its outputs', async () => {
  await using rig = await rigWithResults();
  const {code, stdout} = await rig.pipeline('show', 'both');
  assert.equal(code, 0);
  assert.match(stdout, /^both: join version 1\n/);
  assert.match(stdout, /\n {2}about +Joins them\.\n/);
  assert.match(stdout, /\n {2}made {2,}\d{4}-\d\d-\d\d \d\d:\d\d:\d\d, in /);
  assert.match(stdout, /params\n {2}between {2}\+\n/);
  assert.match(stdout, /\n {2}parts\[0\] {2}[0-9a-f]{12} {2}part\[n=1\]\.out\n/);
  assert.match(stdout, /\n {2}parts\[1\] {2}[0-9a-f]{12} {2}part\[n=2\]\.out\n/);
  assert.match(stdout, /\n {2}out {2,}[0-9a-f]{12} {2}text {3,}5 B\n$/);
});

test('an output, by name, by the first digits of its digest and by its path: the text as it is', async () => {
  await using rig = await rigWithResults();
  const named = await rig.pipeline('show', 'both.out');
  assert.deepEqual([named.code, named.stdout], [0, 'a1+a2\n']);
  const {digest, file} = JSON.parse((await rig.pipeline('show', 'both.out', '--json')).stdout) as {
    digest: string;
    file: string;
  };
  assert.equal((await rig.pipeline('show', digest.slice(0, 8))).stdout, 'a1+a2\n');
  assert.equal((await rig.pipeline('show', file)).stdout, 'a1+a2\n');
});

test('a result by the first digits of its key', async () => {
  await using rig = await rigWithResults();
  const shown = await rig.pipeline('show', 'both', '--json');
  const {record} = JSON.parse(shown.stdout) as {record: {key: string}};
  assert.match((await rig.pipeline('show', record.key.slice(0, 10))).stdout, /^both: join/);
});

test('names mean the newest run that has them, also where everything was stored', async () => {
  await using rig = await rigWithResults();
  await rig.write('p.yaml', pipeline('b'));
  assert.equal((await rig.pipeline('run', 'p.yaml')).code, 0);
  assert.equal((await rig.pipeline('show', 'both.out')).stdout, 'b1+b2\n');
  await rig.write('p.yaml', pipeline('a'));
  assert.equal((await rig.pipeline('run', 'p.yaml')).code, 0);
  assert.deepEqual(await rig.started(), []);
  assert.equal((await rig.pipeline('show', 'both.out')).stdout, 'a1+a2\n');
});

test('an unknown word is answered with the words that exist', async () => {
  await using rig = await rigWithResults();
  for (const [what, message] of [
    ['bth', 'Did you mean `both`?'],
    ['both.ot', 'both has no output `ot`, but `out`; did you mean `both.out`?'],
    ['part', '`part` may be any of 2 instances: part[n=1], part[n=2].'],
    ['both.out[3]', '`both.out` is one artifact: name it without a number.'],
    ['ffffff', 'no instance, artifact, file or run called `ffffff`'],
  ] as const) {
    const {code, stderr} = await rig.pipeline('show', what);
    assert.equal(code, 2);
    assert.ok(stderr.includes(message), stderr);
  }
});

test('an empty store says so', async () => {
  await using rig = await Rig.create();
  const {code, stderr} = await rig.pipeline('show', 'both');
  assert.equal(code, 2);
  assert.match(stderr, /there is no run in this store yet/);
  assert.deepEqual(await readdir(rig.folder), []);
});

test('an artifact whose bytes were changed is not shown', async () => {
  await using rig = await rigWithResults();
  const {file} = JSON.parse((await rig.pipeline('show', 'both.out', '--json')).stdout) as {
    file: string;
  };
  await chmod(file, 0o644);
  await appendFile(file, 'x');
  const {code, stdout, stderr} = await rig.pipeline('show', 'both.out');
  assert.deepEqual([code, stdout], [4, '']);
  assert.match(stderr, /The bytes of both\.out .* are damaged/);
});

test('a file that is cut off is named', async () => {
  await using rig = await Rig.create();
  await rig.write('torn.arrow', 'ARROW1 and no more than this, which is not enough');
  const {code, stdout} = await rig.pipeline('show', 'torn.arrow');
  assert.equal(code, 1);
  assert.match(stdout, /torn\.arrow: cut short/);
  assert.ok(stdout.includes(path.join(rig.folder, 'torn.arrow')));
});
