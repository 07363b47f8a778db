import assert from 'node:assert/strict';
import {mkdir, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {test} from 'node:test';
import {gzipSync} from 'node:zlib';
import type {CatalogEntry, PictureFiles} from '../../../src/learning/data/catalog/entry.ts';
import {imagenetSubsets} from '../../../src/learning/data/catalog/imagenet.ts';
import {loadDataset} from '../../../src/learning/data/load-dataset.ts';
import {loadImagenet} from '../../../src/learning/data/load-pictures.ts';
import {loadOwnData} from '../../../src/learning/data/own/load-own-data.ts';
import {
  folderEntries,
  jpegOf,
  pngOf,
  rgbPixels,
  tarOf,
  zipOf,
  type ArchiveEntry,
} from '../../support/data/small-archives.ts';
import {TemporaryFolder} from '../../support/rigs/temporary-folder.ts';

async function unpack(folder: string, entries: readonly ArchiveEntry[]): Promise<string> {
  for (const {name, content = ''} of entries) {
    await mkdir(path.dirname(path.join(folder, name)), {recursive: true});
    await writeFile(path.join(folder, name), content);
  }
  return folder;
}

test('a folder of pictures, a tar.gz and a zip of it are the same data set', async () => {
  await using folder = await TemporaryFolder.create();
  const entries = folderEntries('pets/', {train: 3, test: 2});
  await writeFile(folder.file('a.tar.gz'), gzipSync(await tarOf(entries.toReversed())));
  await writeFile(folder.file('a.zip'), zipOf(entries));
  await unpack(folder.file('a'), entries);
  const [a, b, c] = await Promise.all(
    ['a', 'a.zip', 'a.tar.gz'].map((name) => loadOwnData(folder.file(name), {name: 'images'})),
  );
  assert.deepEqual(a, b);
  assert.deepEqual(a, c);
  assert.deepEqual(a!.classes, ['ant', 'bee']);
  assert.deepEqual([...a!.train.labels], [0, 0, 0, 1, 1, 1]);
  assert.deepEqual(a!.shape, {height: 8, width: 8, channels: 3});
});

test('images are in the order of their paths, and classes in the order that is wanted', async () => {
  await using folder = await TemporaryFolder.create();
  const picture = (name: string, n: number): ArchiveEntry => ({name, content: pngOf(2, 2, n)});
  await unpack(folder.path, [
    picture('train/b/2.png', 1),
    picture('train/b/10.png', 2),
    picture('train/a/deep/x.PNG', 3),
    picture('train/c/x.png', 4),
    picture('val/a/x.png', 5),
    {name: 'train/notes.txt', content: 'not a picture'},
  ]);
  const dataset = await loadOwnData(folder.path, {name: 'images', folders: ['b', 'a']});
  assert.deepEqual([...dataset.train.labels], [0, 0, 1]);
  const order = [2, 1, 3].flatMap((n) => [...rgbPixels(2, 2, n)]);
  assert.deepEqual([...dataset.train.images], order);
  assert.deepEqual([...dataset.test.labels], [1]);
});

test('val is the test split, or the held-out split if there is also test', async () => {
  await using folder = await TemporaryFolder.create();
  await unpack(folder.path, folderEntries('', {train: 2, test: 1, val: 3}));
  const dataset = await loadOwnData(folder.path, {name: 'images'});
  assert.deepEqual([dataset.test.count, dataset.heldOut?.count], [2, 6]);
});

test('pictures of several sizes need a resolution, and the message says so', async () => {
  await using folder = await TemporaryFolder.create();
  await unpack(folder.path, [
    ...folderEntries('', {train: 1, test: 1}),
    {name: 'train/ant/big.jpg', content: jpegOf(20, 12, 1)},
  ]);
  await assert.rejects(
    loadOwnData(folder.path, {name: 'images'}),
    /big\.jpg has 20 × 12 pixels and .* 8 × 8\. Give a resolution/,
  );
  const resize = {side: 4, resizing: 'stretch'} as const;
  const {shape, train} = await loadOwnData(folder.path, {name: 'images', resize});
  assert.deepEqual([shape.width, shape.height, train.count], [4, 4, 3]);
});

const wrong: readonly (readonly [string, readonly ArchiveEntry[], RegExp])[] = [
  ['without pictures', [{name: 'train/ant/a.txt'}], /no pictures where they are expected: train\//],
  ['without test pictures', folderEntries('', {train: 1}), /there are no test pictures/],
  [
    'with a test class that is not trained',
    [...folderEntries('', {train: 1}), ...folderEntries('', {test: 1}, {classes: ['cat']})],
    /the classes of the test pictures must be ant, bee to go with the rest, got cat/,
  ],
  [
    'with a damaged picture',
    [...folderEntries('', {train: 1, test: 1}), {name: 'train/bee/bad.jpg', content: 'no picture'}],
    /: train\/bee\/bad\.jpg: neither a JPEG, PNG, WebP, GIF nor BMP picture/,
  ],
];
for (const [what, entries, message] of wrong) {
  test(`a folder ${what} is refused`, async () => {
    await using folder = await TemporaryFolder.create();
    await unpack(folder.path, entries);
    await assert.rejects(loadOwnData(folder.path, {name: 'images'}), message);
  });
}

/** Gives a catalog entry that is as small as a test can make it. */
function pictureEntry(
  files: Omit<PictureFiles, 'kind'>,
  rest: Partial<CatalogEntry> = {},
): CatalogEntry {
  return {
    name: 'tiny',
    shape: {height: 8, width: 8, channels: 3},
    classes: 2,
    counts: {train: 4, test: 2},
    mean: [0, 0, 0],
    std: [1, 1, 1],
    bases: [],
    files: {kind: 'pictures', ...files},
    ...rest,
  };
}

const archives = [{shortSide: 8, file: {name: 'tiny.zip', digests: []}}];

/** The files of Tiny ImageNet as they are in its archive. */
const tinyEntries: readonly ArchiveEntry[] = [
  ...['n02', 'n01'].flatMap((name) =>
    [0, 1].map((n) => ({
      name: `tiny-200/train/${name}/images/${name}_${n}.JPEG`,
      content: pngOf(8, 8, n),
    })),
  ),
  {name: 'tiny-200/train/n01/n01_boxes.txt', content: 'n01_0.JPEG\t0\t0\t7\t7\n'},
  {name: 'tiny-200/val/images/val_0.JPEG', content: pngOf(8, 8, 5)},
  {name: 'tiny-200/val/images/val_1.JPEG', content: pngOf(8, 8, 6)},
  {
    name: 'tiny-200/val/val_annotations.txt',
    content: 'val_0.JPEG\tn02\t0\t0\t7\t7\nval_1.JPEG\tn01\t0\t0\t7\t7\n',
  },
  {name: 'tiny-200/test/images/test_0.JPEG', content: pngOf(8, 8, 7)},
];

async function loadEntry(
  entry: CatalogEntry,
  archive: Uint8Array,
  side?: number,
): Promise<Awaited<ReturnType<typeof loadDataset>>> {
  await using folder = await TemporaryFolder.create();
  const obtained: string[] = [];
  return await loadDataset(entry, {
    obtain: async ([{name}]) => {
      obtained.push(name);
      await writeFile(folder.file(name), archive);
      return folder.file(name);
    },
    ...(side !== undefined && {side}),
    resizing: 'stretch',
  });
}

test('Tiny-ImageNet has the classes of its test pictures in a file, and pictures without labels', async () => {
  const entry = pictureEntry({layout: 'tiny-imagenet', resized: false, archives});
  const {classes, train, test: tested, heldOut} = await loadEntry(entry, zipOf(tinyEntries));
  assert.deepEqual(classes, ['n01', 'n02']);
  assert.deepEqual([...train.labels], [0, 0, 1, 1]);
  assert.deepEqual([...tested.labels], [0, 1]);
  assert.deepEqual([...tested.images.subarray(0, 192)], [...rgbPixels(8, 8, 6)]);
  assert.equal(heldOut, undefined);
});

test('an archive with other pictures than the catalog says is refused', async () => {
  const entry = pictureEntry({layout: 'tiny-imagenet', resized: false, archives});
  await assert.rejects(
    loadEntry(entry, zipOf(tinyEntries.slice(1))),
    /4 training and 2 test pictures of 2 classes expected, got 3 training and 2 test pictures/,
  );
  const unlabelled = tinyEntries.filter(({name}) => !name.endsWith('annotations.txt'));
  await assert.rejects(loadEntry(entry, zipOf(unlabelled)), /nothing says of which class .*val_0/);
  const larger = {...entry, shape: {height: 9, width: 9, channels: 3}};
  await assert.rejects(
    loadEntry(larger, zipOf(tinyEntries)),
    /pictures of 9 × 9 expected, got 8 × 8/,
  );
});

test('Imagenette has its labels in the order of the paper, and comes in the size that is asked for', async () => {
  const folders = ['n09', 'n01'];
  const sized = [8, 32].map((shortSide) => ({
    shortSide,
    file: {name: `nette-${shortSide}.tgz`, digests: []},
  }));
  const entry = pictureEntry(
    {layout: 'folders', resized: true, folders, archives: sized},
    {classes: ['tench', 'church']},
  );
  const entries = folderEntries(
    'nette/',
    {train: 2, val: 1},
    {classes: ['n01', 'n09', 'n05'], size: 30},
  );
  const archive = gzipSync(await tarOf(entries));
  const dataset = await loadEntry(entry, archive);
  assert.deepEqual(dataset.classes, ['tench', 'church']);
  assert.deepEqual(dataset.shape, entry.shape);
  assert.deepEqual([...dataset.train.labels], [0, 0, 1, 1]);
  assert.equal((await loadEntry(entry, archive, 20)).shape.width, 20);
});

const one = {train: {min: 1, max: 2}, test: {min: 1, max: 1}};
const resize = {side: 8, resizing: 'stretch'} as const;

test('a subset of the paper is read from a folder of ILSVRC in any of its layouts', async () => {
  await using folder = await TemporaryFolder.create();
  const wnids = imagenetSubsets.get('imagemeow')!.map(([name]) => name);
  const classes = [...wnids, 'n00000001'];
  const [sorted, flat] = [folder.file('sorted'), folder.file('flat')];
  await unpack(sorted, folderEntries('', {train: 1, val: 1}, {classes}));
  const root = 'ILSVRC/Data/CLS-LOC/';
  const pictures = classes.map((_, n) => `ILSVRC2012_val_${String(n).padStart(8, '0')}`);
  const lines = classes.map((name, n) => `${pictures[n]},${name} 1 2 3 4 \n`);
  await unpack(flat, [
    ...folderEntries(root, {train: 1}, {classes}),
    ...classes.map((_, n) => ({
      name: `${root}val/${pictures[n]}.JPEG`,
      content: jpegOf(8, 8, 7 + 3 * n),
    })),
    {name: 'LOC_val_solution.csv', content: `ImageId,PredictionString\n${lines.join('')}`},
  ]);
  const of = {name: 'imagemeow', classes: 'imagemeow', resize, counts: one} as const;
  const dataset = await loadImagenet(sorted, of);
  assert.equal(dataset.classes[6], 'tiger');
  assert.deepEqual([...dataset.test.labels], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  assert.deepEqual(await loadImagenet(flat, of), dataset);
});

test('classes of ImageNet are named by folders, or by indices where all are there', async () => {
  await using folder = await TemporaryFolder.create();
  const classes = ['n00000002', 'n00000001'];
  await unpack(folder.path, folderEntries('', {train: 1, val: 1}, {classes}));
  const of = {name: 'imagenet', resize, counts: one};
  const dataset = await loadImagenet(folder.path, {...of, classes});
  assert.deepEqual(dataset.classes, classes);
  await assert.rejects(
    loadImagenet(folder.path, {...of, classes: [0, 1]}),
    /indices count the 1000 folders of train, but it has 2/,
  );
  for (let n = 0; n < 1000; n++) {
    await mkdir(folder.file(`train/n${String(n).padStart(8, '0')}`), {recursive: true});
  }
  assert.deepEqual(
    (await loadImagenet(folder.path, {...of, classes: [2, 'n00000001']})).classes,
    classes,
  );
  await assert.rejects(
    loadImagenet(folder.path, {...of, classes: [1000, 1]}),
    /there is no class 1000/,
  );
});

test('a folder that is not all of ILSVRC is refused, and what is missing is named', async () => {
  await using folder = await TemporaryFolder.create();
  const of = {name: 'imagenet', classes: ['n00000001', 'n00000002'], resize};
  await assert.rejects(loadImagenet(folder.path, of), /it has no folder train/);
  await unpack(folder.path, folderEntries('', {train: 1}, {classes: ['n00000001']}));
  await assert.rejects(loadImagenet(folder.path, of), /it has no folder train\/n00000002/);
  await unpack(folder.path, folderEntries('', {train: 1}, {classes: ['n00000002']}));
  await assert.rejects(loadImagenet(folder.path, of), /neither in folders val\/<class>, nor/);
  await unpack(folder.path, folderEntries('', {val: 1}, {classes: of.classes}));
  await assert.rejects(
    loadImagenet(folder.path, of),
    /732 … 1300 train pictures of n00000001 expected, found 1/,
  );
});
