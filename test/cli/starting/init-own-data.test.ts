import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {mkdir, readFile, readdir, writeFile} from 'node:fs/promises';
import {test} from 'node:test';
import {repositoryFile} from '../../support/texts/repository.ts';
import {pngOf, zipOf} from '../../support/data/small-archives.ts';
import {byteArray, labelArray} from '../../support/data/small-arrays.ts';
import {writeShapes} from '../../support/data/shapes.ts';
import {TemporaryFolder} from '../../support/rigs/temporary-folder.ts';

/** Runs the real program with the real stage types. */
function pipeline(cwd: string, ...args: readonly string[]) {
  const main = repositoryFile('dist/bundle/src/cli/main.js');
  const {status, stdout, stderr} = spawnSync(process.execPath, [main, ...args], {
    cwd,
    encoding: 'utf8',
    timeout: 240_000,
  });
  return {status, stdout, stderr};
}

test('48 pictures of 8 shapes distil at the settings of init, and beat as many real ones', async () => {
  await using folder = await TemporaryFolder.create();
  await writeShapes(folder.file('shapes/train'), {first: 0, count: 6, side: 16});
  await writeShapes(folder.file('shapes/test'), {first: 6, count: 12, side: 16});
  const written = pipeline(folder.path, 'init', '--images', 'shapes');
  assert.equal(
    written.stdout.split('\n')[0],
    '48 images of 8 classes, 16 × 16 pixels, 96 test images.',
  );
  assert.match(written.stdout, /Wrote pipeline\.yaml\. To run it: .* run\n$/);
  const run = pipeline(folder.path, 'run');
  assert.equal(run.status, 0, run.stdout + run.stderr);
  const [, distilled, real] = /\| ConvNetD1W16 \| +([\d.]+) ± .* \| +([\d.]+) ± /.exec(run.stdout)!;
  assert.ok(Number(distilled) > Number(real) + 5, run.stdout.slice(-2000));
});

const pixels = Uint8Array.from({length: 20 * 64}, (_, i) => (i * 37) % 256);
const labels = Array.from({length: 20}, (_, i) => i % 2);
const files: readonly (readonly [option: string, name: string, content: Uint8Array | string])[] = [
  [
    '--npz',
    'digits.npz',
    zipOf([
      {name: 'X.npy', content: byteArray([20, 8, 8], pixels)},
      {name: 'y.npy', content: labelArray(labels)},
    ]),
  ],
  [
    '--csv',
    'my digits.csv',
    labels.map((label, i) => [label, ...pixels.subarray(64 * i, 64 * i + 64)].join(',')).join('\n'),
  ],
  [
    '--images',
    "it's.zip",
    zipOf(labels.map((label, i) => ({name: `${label}/${i}.png`, content: pngOf(8, 8 + i, i)}))),
  ],
];
for (const [option, name, content] of files) {
  test(`init ${option} ${name} writes a pipeline that is valid and reads it`, async () => {
    await using folder = await TemporaryFolder.create();
    await writeFile(folder.file(name), content);
    const written = pipeline(folder.path, 'init', 'sub', option, name);
    assert.match(written.stdout, /^20 images of 2 classes, .* no test images\.\nWrote sub\/pipel/);
    const text = await readFile(folder.file('sub/pipeline.yaml'), 'utf8');
    assert.match(text, /testShare: 0\.2 # of each class/);
    // The sizes and classes are known before anything is loaded, but of pictures in an archive.
    const known = name.endsWith('.zip')
      ? /1[89] run, 0 maybe\.\nEstimate: more than .* besides 17 others of unknown duration\.\n$/
      : /1[89] run, 0 maybe\.\nEstimate: about [^,]* of work, about [^,]*, from [^,]*\.\n$/;
    assert.match(pipeline(folder.file('sub'), 'plan', '--no-calibrate').stdout, known);
    const run = pipeline(folder.file('sub'), 'run', 'normalised');
    assert.equal(run.status, 0, run.stdout + run.stderr);
  });
}

test('data that cannot be used is refused by the name that the user gave, and nothing is written', async () => {
  await using folder = await TemporaryFolder.create();
  await mkdir(folder.file('empty'));
  await mkdir(folder.file('one/class'), {recursive: true});
  await writeFile(folder.file('one/class/1.png'), pngOf(4, 4, 1));
  await mkdir(folder.file('few/a'), {recursive: true});
  await mkdir(folder.file('few/b'), {recursive: true});
  for (const name of ['a/1', 'a/2', 'b/1']) {
    await writeFile(folder.file(`few/${name}.png`), pngOf(4, 4, 1));
  }
  for (const [data, message] of [
    ['none', 'There is no folder or file none.'],
    ['empty', 'empty: no pictures where they are expected: '],
    ['one', 'one: no pictures where they are expected: '],
    ['few', 'few has a class of 1 picture, of which none can be taken to test on'],
  ] as const) {
    const {status, stderr} = pipeline(folder.path, 'init', 'new', '--images', data);
    assert.equal(status, 2);
    assert.ok(stderr.startsWith(message), stderr);
    assert.match(stderr, /\nNothing was written\.\n$/);
  }
  assert.ok(!(await readdir(folder.path)).includes('new'));
  const both = pipeline(folder.path, 'init', '--images', 'few', '--csv', 'x');
  assert.deepEqual([both.status, /exclude each other/.test(both.stderr)], [2, true]);
});
