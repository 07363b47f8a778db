import assert from 'node:assert/strict';
import {mkdir, readFile, readdir, symlink, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {test} from 'node:test';
import {decodePicture} from '../../../../src/formats/pictures/decode-picture.ts';
import {writeSafetensors} from '../../../../src/formats/safetensors/safetensors.ts';
import {float32Tensor} from '../../../../src/formats/tensor.ts';
import {writeSynthetic} from '../../../../src/learning/codecs/synthetic.ts';
import {loadOwnData} from '../../../../src/learning/data/own/load-own-data.ts';
import {loadPicturesOf} from '../../../../src/learning/data/own/load-pictures-of.ts';
import type {SyntheticSet} from '../../../../src/learning/data/synthetic.ts';
import {exportPictures} from '../../../../stages/exchange/pictures/export-pictures.ts';
import {smallSet} from '../../../support/data/small-set.ts';
import {TemporaryFolder} from '../../../support/rigs/temporary-folder.ts';

/** Exports a set to the folder `out`, and gives its path. */
async function exported(
  folder: TemporaryFolder,
  given: Partial<SyntheticSet> = {},
): Promise<string> {
  const file = folder.file('set');
  await writeSynthetic(file, smallSet(given));
  const target = folder.file('out');
  assert.deepEqual(await exportPictures([{path: file, name: 'distilled.synthetic'}], target), [
    target,
  ]);
  return target;
}

async function rowsOf(target: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const text = await readFile(path.join(target, 'metadata.jsonl'), 'utf8');
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);
}

test('a set becomes a picture for each image, in a folder of its class, and a table', async () => {
  await using folder = await TemporaryFolder.create();
  const target = await exported(folder);
  const all = (await readdir(target, {recursive: true})).sort();
  assert.deepEqual(all, [
    '0-cat',
    '0-cat/1.png',
    '0-cat/3.png',
    '1-dog',
    '1-dog/0.png',
    '1-dog/2.png',
    'README.md',
    'metadata.jsonl',
  ]);
  assert.deepEqual(await rowsOf(target), [
    {file_name: '1-dog/0.png', label: 'dog', class: 1},
    {file_name: '0-cat/1.png', label: 'cat', class: 0},
    {file_name: '1-dog/2.png', label: 'dog', class: 1},
    {file_name: '0-cat/3.png', label: 'cat', class: 0},
  ]);
  assert.deepEqual((await readdir(folder.path)).sort(), ['out', 'set']);
});

test('pictures are the pixels, clipped and rounded, and the README counts what was clipped', async () => {
  await using folder = await TemporaryFolder.create();
  const images = smallSet().images.map((value) => 100 * value);
  const transform = {
    kind: 'standardise',
    mean: Float32Array.of(0.25),
    std: Float32Array.of(0.01),
  } as const;
  const target = await exported(folder, {images, transform, transformDigest: 'abc'});
  const file = path.join(target, '0-cat/1.png');
  const {width, height, pixels} = decodePicture(await readFile(file), file);
  assert.deepEqual([width, height], [6, 4]);
  const grey = Array.from({length: 24}, (_, p) => (p === 0 ? 0 : Math.round(2.55 * (20 + p))));
  grey[23] = 255;
  assert.deepEqual(
    Array.from(pixels).filter((_, at) => at % 3 === 0),
    grey,
  );
  const readme = await readFile(path.join(target, 'README.md'), 'utf8');
  assert.match(readme, /8 of the 96 values \(8\.3 %\) were outside and were clipped/);
  assert.match(readme, /normalisation or whitening is undone/);
  assert.match(readme, /^set: distilled\.synthetic\ndata set: small\n.*\nmethod: drawn$/m);
  assert.match(readme, /learning rate of the set is 0\.02\. It fits images as networks saw them/);
  assert.match(readme, /torch\.tensor\(\[0\.250000\]\)\) \/ torch\.tensor\(\[0\.010000\]\)/);
});

test('own data reads the pictures again, with classes by their names, whatever these are', async () => {
  await using folder = await TemporaryFolder.create();
  const classes = ['../up\n`', '\u202etest', 'no picture'];
  const target = await exported(folder, {classes});
  const {train, test: tested, ...read} = await loadOwnData(target, {name: 'again', testShare: 0.5});
  // Pictures are read in colour.
  assert.deepEqual(read.shape, {height: 4, width: 6, channels: 3});
  assert.deepEqual(read.classes, classes.slice(0, 2));
  assert.deepEqual(
    [...train.labels].toSorted((a, b) => a - b),
    [0, 1],
  );
  assert.deepEqual(
    [...tested.labels].toSorted((a, b) => a - b),
    [0, 1],
  );
  const readme = await readFile(path.join(target, 'README.md'), 'utf8');
  assert.match(readme, /^0 "\.\.\/up\\n`"\n1 "\\u202etest"$/m);
});

test('pictures stand for a data set again: its classes have their numbers, and grey is one channel', async () => {
  await using folder = await TemporaryFolder.create();
  const set = smallSet({classes: ['same', 'same', '']});
  const target = await exported(folder, set);
  const {images, labels} = await loadPicturesOf(set, target, assert.fail);
  assert.deepEqual([...labels], [0, 0, 1, 1]);
  const first = Array.from({length: 22}, (_, p) => Math.round(2.55 * (21 + p)));
  assert.deepEqual([...images.subarray(0, 24)], [0, ...first, 255]);
});

test('the README names what the command needs to know', async () => {
  await using folder = await TemporaryFolder.create();
  const d = 24;
  const transform = {
    kind: 'zca',
    mean: new Float32Array(d),
    whitening: new Float32Array(d * d),
    inverse: new Float32Array(d * d),
    eps: 0.1,
  } as const;
  const target = await exported(folder, {transform, stepSize: -3});
  const readme = await readFile(path.join(target, 'README.md'), 'utf8');
  assert.ok(
    readme.includes(
      `\npipeline evaluate ${target} --dataset images --source file:///path/to/the/data --zca --step-size 0.01\n`,
    ),
  );
  assert.match(readme, /It is not positive, so the program below takes 0\.01\. .*whitened \(ZCA\)/);
  assert.match(readme, /normalised by the mean and standard deviation of these pictures/);
});

test('soft labels are probabilities in the table, and hard labels tell the folder', async () => {
  await using folder = await TemporaryFolder.create();
  const values = Float32Array.of(0, 0, 0, 1, 0, -1, 0, 9, 0, 0, 0, Math.log(2));
  const target = await exported(folder, {targets: {kind: 'logits', values}});
  const rows = await rowsOf(target);
  const soft = rows.map(({soft_label: row}) => row as readonly number[]);
  assert.deepEqual(
    soft[3]!.map((value) => value.toFixed(6)),
    ['0.250000', '0.250000', '0.500000'],
  );
  for (const row of soft) assert.ok(Math.abs(row.reduce((a, b) => a + b) - 1) < 1e-6);
  assert.equal(rows[3]!['file_name'], '0-cat/3.png');
  assert.match(
    await readFile(path.join(target, 'README.md'), 'utf8'),
    /`soft_label`: what a network/,
  );
});

test('of several sets each has a folder, by its number of updates', async () => {
  await using folder = await TemporaryFolder.create();
  const iterations = [0, 500, 500, undefined];
  const files = iterations.map((_, i) => ({path: folder.file(`set${i}`), name: `set[${i}]`}));
  for (const [i, iteration] of iterations.entries()) {
    await writeSynthetic(files[i]!.path, smallSet(iteration === undefined ? {} : {iteration}));
  }
  const target = folder.file('deep/out');
  const names = ['0', '500', '500-2', '3'];
  assert.deepEqual(
    await exportPictures(files, target),
    names.map((name) => path.join(target, name)),
  );
  assert.deepEqual((await readdir(target)).sort(), names.toSorted());
});

test('what is in the place of the folder stays as it is', async () => {
  await using folder = await TemporaryFolder.create();
  const file = folder.file('set');
  await writeSynthetic(file, smallSet());
  const to = async (name: string): Promise<unknown> =>
    exportPictures([{path: file, name: 'set'}], folder.file(name));
  await mkdir(folder.file('full'));
  await writeFile(folder.file('full/mine'), 'mine');
  await mkdir(folder.file('empty'));
  await symlink(folder.file('empty'), folder.file('link'));
  await assert.rejects(to('full'), {code: 'ENOTEMPTY'});
  await assert.rejects(to('link'), {code: 'ENOTDIR'});
  await assert.rejects(to('set'), {code: 'ENOTDIR'});
  assert.deepEqual(await readdir(folder.file('full')), ['mine']);
  assert.deepEqual(await readdir(folder.file('empty')), []);
  await to('empty');
  assert.equal((await readdir(folder.file('empty'))).length, 4);
  assert.deepEqual((await readdir(folder.path)).sort(), ['empty', 'full', 'link', 'set']);
});

test('images that are decoded from patches are pictures like others', async () => {
  await using folder = await TemporaryFolder.create();
  const decoder = {kind: 'idc', factor: 2, multiScale: false, padding: Float32Array.of(0)} as const;
  const stored = {decoder, values: new Float32Array(24)};
  const set = smallSet({labels: Int32Array.of(1, 1, 1, 1), stored});
  await writeSynthetic(folder.file('set'), set);
  await exportPictures([{path: folder.file('set'), name: 'set'}], folder.file('out'));
  const names = await readdir(folder.file('out'), {recursive: true});
  assert.equal(names.filter((name) => name.endsWith('.png')).length, 4);
});

test('files without pictures are refused, and leave nothing', async () => {
  await using folder = await TemporaryFolder.create();
  const refused = async (name: string, message: RegExp): Promise<void> => {
    await assert.rejects(
      exportPictures([{path: folder.file(name), name}], folder.file('out')),
      message,
    );
  };
  const mean = new Map([['mean', float32Tensor(Float32Array.of(1, 2), [2])]]);
  await writeSafetensors(folder.file('transform'), mean);
  await writeFile(folder.file('text'), 'no tensors');
  await writeSynthetic(folder.file('stray'), smallSet({labels: Int32Array.of(0, 1, 3, 0)}));
  const shape = {height: 4, width: 3, channels: 2};
  await writeSynthetic(folder.file('two'), smallSet({shape}));
  await refused('transform', /it is no synthetic set: it has no tensor labels$/);
  await refused('text', /not a safetensors file/);
  await refused('stray', /label 2 is 3, but there are 3 classes, counted from 0$/);
  await refused('two', /pictures have 1 or 3 channels, not 2$/);
  assert.deepEqual((await readdir(folder.path)).sort(), ['stray', 'text', 'transform', 'two']);
});
