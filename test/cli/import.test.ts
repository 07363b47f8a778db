import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {mkdir, readFile, readdir, writeFile} from 'node:fs/promises';
import {test} from 'node:test';
import {TensorToSave} from '../../src/container/pytorch/pickler.ts';
import {writePt} from '../../src/container/pytorch/write-pt.ts';
import {repositoryFile} from '../support/repository.ts';
import {TemporaryFolder} from '../support/temporary-folder.ts';

/** Runs the real program: the stage types are real. */
function pipeline(cwd: string, ...args: readonly string[]) {
  const main = repositoryFile('dist/bundle/src/cli/main.js');
  return spawnSync(process.execPath, [main, ...args], {cwd, encoding: 'utf8'});
}

test('a folder of experts becomes a pipeline that distils them, in the order of their numbers', async () => {
  await using folder = await TemporaryFolder.create();
  await mkdir(folder.file('experts'));
  for (const name of ['replay_buffer_10.pt', 'replay_buffer_2.pt', 'other.pt']) {
    await writeFile(folder.file(`experts/${name}`), name);
  }
  const given = ['import', 'buffers', 'experts', '--dataset', 'mnist', '--model', 'ConvNetD3'];
  const written = pipeline(folder.path, ...given, '--no-run');
  assert.equal(written.status, 0, written.stderr);
  assert.match(
    written.stdout,
    /^Wrote imported\.yaml\. To do all that it says: .* run imported\.yaml\n$/,
  );
  const text = await readFile(folder.file('imported.yaml'), 'utf8');
  assert.match(
    text,
    /files:\n +- "\.\/experts\/replay_buffer_2\.pt"\n +- "\.\/experts\/replay_buffer_10\.pt"\n/,
  );
  assert.match(text, /method: zca/);
  const planned = pipeline(folder.path, 'plan', 'imported.yaml');
  assert.match(
    planned.stdout,
    /imported[^]*distilled[^]*random[^]*scores[^]*table/,
    planned.stderr,
  );
  const again = pipeline(folder.path, ...given);
  assert.deepEqual(
    [again.status, again.stderr],
    [2, 'imported.yaml is there already: `--output` gives another name.\n'],
  );
});

test('a synthetic set is taken in at once; what is no PyTorch file fails and is named', async () => {
  await using folder = await TemporaryFolder.create();
  const images = new Float32Array(10 * 28 * 28).fill(0.5);
  const save = async (name: string, tensor: TensorToSave<Float32Array | BigInt64Array>) =>
    writePt(folder.file(name), tensor, (source) => source);
  await save(
    'images_best.pt',
    new TensorToSave({dtype: 'F32', shape: [10, 1, 28, 28], source: images}),
  );
  const labels = BigInt64Array.from({length: 10}, (_, i) => BigInt(9 - i));
  await save('labels_best.pt', new TensorToSave({dtype: 'I64', shape: [10], source: labels}));
  const given = [
    'import',
    'synthetic',
    '.',
    '--dataset',
    'mnist',
    '--no-zca',
    '--step-size',
    '0.02',
  ];
  const done = pipeline(folder.path, ...given, '-o', 'set.yaml', '--store', 'results');
  assert.equal(done.status, 0, done.stdout + done.stderr);
  const text = await readFile(folder.file('set.yaml'), 'utf8');
  assert.match(text, /method: standardise/);
  assert.match(text, /with: \{stepSize: 0\.02\}/);
  const shown = pipeline(folder.path, 'show', 'imported.synthetic', '--json', '--store', 'results');
  assert.match(shown.stdout, /"media": "synthetic"/, shown.stderr);

  await writeFile(folder.file('a.pt'), 'no file of PyTorch');
  const wrong = [
    'import',
    'buffers',
    'a.pt',
    '--dataset',
    'mnist',
    '--model',
    'ConvNet',
    '--no-zca',
  ];
  const failed = pipeline(folder.path, ...wrong, '--store', 'results');
  assert.equal(failed.status, 1);
  assert.match(failed.stdout, /files\[0\]: not a PyTorch file/);
  assert.match(failed.stdout, /run imported\.yaml --store results imported\n/);
});

test('mistakes are told, and leave no pipeline file', async () => {
  await using folder = await TemporaryFolder.create();
  await writeFile(folder.file('a.pt'), 'a');
  await mkdir(folder.file('empty'));
  const refused = (code: number, message: RegExp, ...args: readonly string[]): void => {
    const {status, stderr} = pipeline(folder.path, 'import', ...args);
    assert.equal(status, code, stderr);
    assert.match(stderr, message);
  };
  const known = ['--dataset', 'mnist', '--model', 'ConvNet'];
  refused(2, /There is no file b\.pt\./, 'buffers', 'b.pt', ...known);
  refused(2, /The folder empty has no replay_buffer_0\.pt/, 'buffers', 'empty', ...known);
  refused(2, /The folder empty has no images_best\.pt/, 'synthetic', 'empty', ...known);
  refused(
    2,
    /set\.txt must end in \.yaml or \.yml\./,
    'synthetic',
    'a.pt',
    ...known,
    '-o',
    'set.txt',
  );
  refused(2, /required option '--dataset <name>' not specified/, 'synthetic', 'a.pt');
  refused(3, /no-such/, 'synthetic', 'a.pt', '--dataset', 'no-such');
  refused(3, /ConfNet/, 'buffers', 'a.pt', '--dataset', 'mnist', '--model', 'ConfNet');
  refused(3, /stepSize/, 'synthetic', 'a.pt', ...known, '--step-size', 'small');
  assert.deepEqual((await readdir(folder.path)).sort(), ['a.pt', 'empty']);
});
