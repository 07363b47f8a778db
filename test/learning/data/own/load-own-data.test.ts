import assert from 'node:assert/strict';
import {mkdir, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {test} from 'node:test';
import {parquetWriteBuffer} from 'hyparquet-writer';
import {FileFault} from '../../../../src/formats/file-fault.ts';
import type {LoadedDataset} from '../../../../src/learning/data/load-options.ts';
import {countOwnImages} from '../../../../src/learning/data/own/count-own-images.ts';
import {loadOwnData, type OwnDataChoice} from '../../../../src/learning/data/own/load-own-data.ts';
import {Random} from '../../../../src/learning/random.ts';
import {
  jpegOf,
  pngOf,
  rgbPixels,
  tarOf,
  zipOf,
  type ArchiveEntry,
} from '../../../support/data/small-archives.ts';
import {byteArray, labelArray, npyOf} from '../../../support/data/small-arrays.ts';
import {bmpOf, gifOf, webpOf} from '../../../support/data/small-bitmaps.ts';
import {TemporaryFolder} from '../../../support/rigs/temporary-folder.ts';

type Files = Readonly<Record<string, Uint8Array | string>>;

/** Loads a data set from these files in a folder, or from a single file. What is counted beforehand must be what is loaded. */
async function loaded(
  files: Files | Uint8Array | string,
  choice: Partial<OwnDataChoice> = {},
): Promise<LoadedDataset & {readonly warnings: readonly string[]}> {
  await using folder = await TemporaryFolder.create();
  const at = folder.file('own');
  if (files instanceof Uint8Array || typeof files === 'string') await writeFile(at, files);
  else {
    for (const [name, content] of Object.entries(files)) {
      await mkdir(path.dirname(path.join(at, name)), {recursive: true});
      await writeFile(path.join(at, name), content);
    }
  }
  const warnings: string[] = [];
  const warn = (sentence: string): void => void warnings.push(sentence);
  const found = await loadOwnData(at, {name: 'images', warn, ...choice});
  const counted = await countOwnImages(at, {name: 'images', ...choice});
  // Of packed pictures nobody knows how large they are before they are decoded.
  if (counted === undefined) assert.ok(isPacked(files));
  else {
    const {pixels: _, ...counts} = counted;
    assert.deepEqual(counts, {
      shape: found.shape,
      classes: found.classes.length,
      train: found.train.count,
      test: found.test.count,
      heldOut: found.heldOut?.count ?? 0,
    });
  }
  return {...found, warnings};
}

/** Tells whether files are an archive, or in Parquet. */
function isPacked(files: Files | Uint8Array | string): boolean {
  if (files instanceof Uint8Array || typeof files === 'string') return true;
  return Object.keys(files).some((name) => name.endsWith('.parquet'));
}

const entries = (files: Files): readonly ArchiveEntry[] =>
  Object.entries(files).map(([name, content]) => ({name, content}));

/** Gives pictures of two classes, without splits. */
function classFolders(count: number, below = ''): Record<string, Uint8Array> {
  const names = Array.from(
    {length: 2 * count},
    (_, i) => `${below}${i % 2 ? 'bee' : 'ant'}/${i}.png`,
  );
  return Object.fromEntries(names.map((name, i) => [name, pngOf(4, 4, i)]));
}

test('class folders without splits give the share of each class to test on', async () => {
  const {classes, train, test: tested} = await loaded(classFolders(6), {testShare: 0.25});
  assert.deepEqual(classes, ['ant', 'bee']);
  assert.deepEqual([...tested.labels], [0, 0, 1, 1]);
  assert.equal(train.count, 8);
  const all = [train, tested].flatMap(({images}) => [...images]).sort((a, b) => a - b);
  const expected = Array.from({length: 12}, (_, i) => [...rgbPixels(4, 4, i)])
    .flat()
    .sort((a, b) => a - b);
  assert.deepEqual(all, expected);
});

test('class folders are found below folders that all pictures have in common, in archives too', async () => {
  const choice = {testShare: 0.5};
  const {warnings: _, ...plain} = await loaded(classFolders(2), choice);
  const deep = classFolders(2, 'my pets/2024/');
  for (const files of [deep, zipOf(entries(deep)), await tarOf(entries(deep))]) {
    const {warnings: __, ...other} = await loaded(files, choice);
    assert.deepEqual(other, plain);
  }
});

test('without test pictures a share is asked for, and with them it is refused', async () => {
  await assert.rejects(loaded(classFolders(2)), /there are no test pictures\. .*testShare: 0\.2/);
  const split = {...classFolders(2, 'train/'), ...classFolders(1, 'test/')};
  await assert.rejects(loaded(split, {testShare: 0.2}), /it has test pictures already/);
  const lonely = {...classFolders(2), 'cat/1.png': pngOf(4, 4, 9)};
  await assert.rejects(loaded(lonely, {testShare: 0.2}), /class cat has 1 picture: none can be/);
});

test('pictures that lie nowhere, and of kinds that are not read, are counted in warnings', async () => {
  const {train, warnings} = await loaded(
    {
      ...classFolders(2),
      'logo.png': pngOf(4, 4, 1),
      'ant/a.tiff': 'II*',
      'bee/b.heic': '',
      'notes.md': '',
    },
    {testShare: 0.5},
  );
  assert.equal(train.count, 2);
  assert.deepEqual(warnings, [
    '2 pictures are of kinds that are not read and were left out: 1 .tiff, 1 .heic, such as ant/a.tiff. Save them as PNG to have them.',
    '1 pictures lie in no folder of a class and were left out, such as logo.png.',
  ]);
});

test('WebP, GIF and BMP pictures are read among the others', async () => {
  const {train} = await loaded({
    'train/a/1.webp': webpOf(4, Array(16).fill(0), [50, 51]),
    'train/a/2.gif': gifOf(4, 4, new Uint8Array(16).fill(3)),
    'train/b/3.bmp': bmpOf(4, 4, rgbPixels(4, 4, 1)),
    'train/b/4.jpg': jpegOf(4, 4, 1),
    'test/a/1.png': webpOf(4, Array(16).fill(1), [50, 51]),
  });
  const at = (image: number): readonly number[] => [
    ...train.images.subarray(48 * image, 48 * image + 3),
  ];
  assert.deepEqual(
    [at(0), at(1)],
    [
      [10, 50, 20],
      [48, 207, 3],
    ],
  );
  assert.deepEqual(at(2), [...rgbPixels(4, 4, 1).subarray(0, 3)]);
});

test('labels of pictures come from metadata.jsonl or metadata.csv', async () => {
  const pictures = Object.fromEntries(
    ['train', 'test'].flatMap((split) =>
      [0, 1, 2].map((n) => [`${split}/${n}.png`, pngOf(4, 4, n)]),
    ),
  );
  const line = (n: number, label: unknown): string =>
    `${JSON.stringify({file_name: `${n}.png`, label})}\n`;
  const jsonl = line(0, 'dog') + line(1, 'cat') + line(2, 'dog');
  const csv = 'file_name,label\n0.png,dog\n1.png,cat\n';
  const {
    classes,
    train,
    test: tested,
    warnings,
  } = await loaded({
    ...pictures,
    'train/metadata.jsonl': jsonl,
    'test/metadata.csv': csv,
  });
  assert.deepEqual(
    [classes, [...train.labels], [...tested.labels]],
    [
      ['cat', 'dog'],
      [0, 1, 1],
      [0, 1],
    ],
  );
  assert.deepEqual(warnings, [
    '1 pictures are not in the table of labels and were left out, such as test/2.png.',
  ]);
  const captions = {...pictures, 'train/metadata.jsonl': '{"file_name": "0.png", "text": "a dog"}'};
  await assert.rejects(loaded(captions), /no columns file_name and label: it has file_name, text/);
  await assert.rejects(
    loaded({...pictures, 'train/metadata.jsonl': '{'}),
    /metadata\.jsonl: it cannot be read/,
  );
});

test('a table of captions beside class folders changes nothing', async () => {
  const split = {...classFolders(2, 'train/'), ...classFolders(1, 'test/')};
  const {warnings: _, ...plain} = await loaded(split);
  const {warnings, ...other} = await loaded({
    ...split,
    'metadata.csv': 'file_name,text\na.png,x\n',
  });
  assert.deepEqual([other, warnings], [plain, []]);
});

const grey = Uint8Array.from({length: 6 * 4}, (_, i) => 10 * i);

test('an npz file of images and labels is read, with and without test arrays', async () => {
  const x = byteArray([6, 2, 2], grey);
  const y = labelArray([3, 7, 3, 7, 3, 7]);
  const {
    shape,
    classes,
    train,
    test: tested,
  } = await loaded(
    zipOf(entries({'x_train.npy': x, 'y_train.npy': y, 'x_test.npy': x, 'y_test.npy': y})),
  );
  assert.deepEqual(shape, {height: 2, width: 2, channels: 1});
  assert.deepEqual(classes, ['3', '7']);
  assert.deepEqual([[...train.images], [...tested.labels]], [[...grey], [0, 1, 0, 1, 0, 1]]);
  const one = await loaded(zipOf(entries({'images.npy': x, 'labels.npy': y})), {testShare: 0.3});
  assert.deepEqual([one.train.count, one.test.count], [4, 2]);
  const folder = await loaded({'train/X.npy': x, 'train/y.npy': y, 'val/X.npy': x, 'val/y.npy': y});
  assert.deepEqual(folder.test, tested);
});

test('shares of white become bytes; channels first become channels last; one-hot rows become labels', async () => {
  const floats = Float32Array.from({length: 2 * 12}, (_, i) => (i % 12) / 12);
  const x = npyOf({descr: '<f4', shape: [2, 3, 2, 2]}, new Uint8Array(floats.buffer));
  const y = labelArray([0, 1, 1, 0], [2, 2]);
  const {shape, train} = await loaded(
    zipOf(entries({'x.npy': x, 'y.npy': y, 'x_test.npy': x, 'y_test.npy': y})),
  );
  assert.deepEqual(shape, {height: 2, width: 2, channels: 3});
  const planes = [0, 4, 8].map((plane) => Math.round((255 * plane) / 12));
  assert.deepEqual([...train.images.subarray(0, 3)], planes);
  assert.deepEqual([...train.labels], [1, 0]);
});

test('texts are labels, classes are chosen by them, and images are resized', async () => {
  const y = npyOf({descr: '|S1', shape: [6]}, Buffer.from('abcabc'));
  const {classes, shape, train} = await loaded(
    zipOf(entries({'X.npy': byteArray([6, 4], grey), 'y.npy': y})),
    {
      folders: ['c', 'a'],
      testShare: 0.5,
      resize: {side: 4, resizing: 'stretch'},
    },
  );
  assert.deepEqual([classes, shape], [['c', 'a'], {height: 4, width: 4, channels: 1}]);
  assert.deepEqual([train.count, train.images.length], [2, 32]);
});

test('a table of pixels is read by the column label, or the first', async () => {
  const rows = [0, 1, 0, 1].map((label, i) => [label, ...grey.subarray(4 * i, 4 * i + 4)]);
  const plain = rows.map((row) => row.join(',')).join('\n');
  const {shape, train, test: tested} = await loaded(plain, {testShare: 0.5});
  assert.deepEqual(shape, {height: 2, width: 2, channels: 1});
  assert.deepEqual([train.count, tested.count], [2, 2]);
  const headed = `p0;p1;p2;p3;"Label"\r\n${rows.map(([label, ...pixels]) => [...pixels, `"${label}"`].join(';')).join('\r\n')}\r\n`;
  const other = await loaded({'my_train.csv': headed, 'my_test.csv': plain});
  assert.deepEqual([...other.train.images], [...grey.subarray(0, 16)]);
  assert.deepEqual(other.train, other.test);
});

const label = {name: 'label', type: 'INT64', data: [1n, 0n, 1n, 0n]} as const;

test('a Parquet file of pictures is read as Hugging Face writes it, class names and all', async () => {
  const data = [0, 1, 2, 3].map((n) => ({bytes: pngOf(4, 4, n), path: `${n}.png`}));
  const names = {info: {features: {label: {names: ['dog', 'cat']}}}};
  const parquet = parquetOf(
    [
      {name: 'image', data},
      {name: 'label', data: label.data},
    ],
    {
      kvMetadata: [{key: 'huggingface', value: JSON.stringify(names)}],
      schema: [
        {name: 'root', num_children: 2},
        {name: 'image', repetition_type: 'OPTIONAL', num_children: 2},
        {name: 'bytes', type: 'BYTE_ARRAY', repetition_type: 'OPTIONAL'},
        {name: 'path', type: 'BYTE_ARRAY', repetition_type: 'OPTIONAL', converted_type: 'UTF8'},
        {name: 'label', type: 'INT64', repetition_type: 'OPTIONAL'},
      ],
    },
  );
  const {
    classes,
    train,
    test: tested,
  } = await loaded({
    'data/train-00000-of-00001.parquet': parquet,
    'data/test-00000-of-00001.parquet': parquet,
    'README.md': '',
  });
  assert.deepEqual(
    [classes, [...train.labels]],
    [
      ['dog', 'cat'],
      [0, 0, 1, 1],
    ],
  );
  assert.deepEqual([...train.images.subarray(0, 48)], [...rgbPixels(4, 4, 1)]);
  assert.deepEqual(train, tested);
});

test('a Parquet file of numbers is read, in a list or a column each', async () => {
  const data = [0, 1, 2, 3].map((i) => [...grey.subarray(4 * i, 4 * i + 4)]);
  const lists = parquetOf(
    [
      {name: 'pixels', data},
      {name: 'label', data: label.data},
    ],
    {
      schema: [
        {name: 'root', num_children: 2},
        {name: 'pixels', repetition_type: 'OPTIONAL', num_children: 1, converted_type: 'LIST'},
        {name: 'list', repetition_type: 'REPEATED', num_children: 1},
        {name: 'element', type: 'INT32', repetition_type: 'OPTIONAL'},
        {name: 'label', type: 'INT64', repetition_type: 'OPTIONAL'},
      ],
    },
  );
  const columns = parquetOf([
    label,
    ...[0, 1, 2, 3].map(
      (p) =>
        ({
          name: `pixel${p}`,
          type: 'INT32',
          data: [0, 1, 2, 3].map((i) => grey[4 * i + p]!),
        }) as const,
    ),
  ]);
  const [a, b] = [await loaded(lists, {testShare: 0.5}), await loaded(columns, {testShare: 0.5})];
  assert.deepEqual(a.shape, {height: 2, width: 2, channels: 1});
  assert.deepEqual(a, b);
});

function parquetOf(
  columnData: readonly {name: string; data: readonly unknown[]; type?: unknown}[],
  more: Partial<Parameters<typeof parquetWriteBuffer>[0]> = {},
): Buffer {
  const options = {columnData, ...more} as Parameters<typeof parquetWriteBuffer>[0];
  return Buffer.from(parquetWriteBuffer(options));
}

const [x, y] = [byteArray([6, 2, 2], grey), labelArray([0, 1, 0, 1, 0, 1])];
const pair = (images: Uint8Array, labels: Uint8Array): Buffer =>
  zipOf(entries({'x.npy': images, 'y.npy': labels}));
const refused: readonly (readonly [string, Files | Uint8Array | string, RegExp])[] = [
  [
    'an empty folder',
    {'notes/read.md': ''},
    /no pictures where they are expected: train\/.*1 other files, such as notes/,
  ],
  [
    'an npz file of other arrays',
    zipOf(entries({'weights.npy': x})),
    /no names that are known\. Arrays are called x_train/,
  ],
  [
    'images without labels',
    zipOf(entries({'x_train.npy': x})),
    /no array of labels beside x_train\.npy/,
  ],
  [
    'too few labels',
    pair(x, labelArray([0, 1])),
    /the number of labels must be 6, one for each image, to go/,
  ],
  [
    'images of two channels',
    pair(byteArray([6, 2, 2, 1, 1], grey), y),
    /images of \[2, 2, 1, 1\] are not read/,
  ],
  [
    'flat images that are no square',
    pair(byteArray([4, 6], grey), labelArray([0, 1, 0, 1])),
    /6 numbers an image are no square/,
  ],
  [
    'normalised pixels',
    pair(
      npyOf(
        {descr: '|i1', shape: [6, 4]},
        Uint8Array.from(grey, () => 255),
      ),
      y,
    ),
    /has the pixel -1.*undo what normalised/,
  ],
  [
    'objects',
    pair(npyOf({descr: '|O', shape: [6]}, new Uint8Array(0)), y),
    /Python objects, which are never read|cut short/,
  ],
  ['a table with a word in it', 'label,a\n0,1\n1,red\n', /row 3: "red" is no number/],
  ['a table with a short row', '0,1,2,3,4\n1,2,3\n', /a row has 3 cells, and the first 5/],
  [
    'a Parquet file cut short',
    parquetOf([label]).subarray(0, -9),
    /its Parquet data is damaged or cut short/,
  ],
  [
    'a Parquet file without labels',
    parquetOf([{name: 'image', data: [pngOf(2, 2, 1)]}]),
    /no column of labels: it has image/,
  ],
  [
    'something else',
    Buffer.from([1, 2, 3, 4, 5, 6]),
    /neither a folder, nor a tar, tar\.gz or zip archive/,
  ],
];
for (const [what, files, message] of refused) {
  test(`${what}: refused with a sentence`, async () => {
    await assert.rejects(loaded(files, {testShare: 0.5}), (error) => {
      assert.ok(error instanceof FileFault, String(error));
      assert.match(error.message, message);
      return true;
    });
  });
}

test('a damaged Parquet file is read or refused, and nothing else', async () => {
  const whole = parquetOf([{name: 'image', data: [0, 1, 2, 3].map((n) => pngOf(4, 4, n))}, label]);
  await using folder = await TemporaryFolder.create();
  const random = new Random(2, 'parquet');
  for (let n = 0; n < 150; n++) {
    const damaged = Buffer.from(whole);
    damaged[random.integer(whole.length)] = random.integer(256);
    await writeFile(folder.file('a'), damaged);
    await loadOwnData(folder.file('a'), {name: 'images', testShare: 0.5}).catch(
      (error: unknown) => {
        assert.ok(error instanceof FileFault, String((error as Error).stack));
      },
    );
  }
});

test('pixels far below white are warned of', async () => {
  const sixteenths = byteArray(
    [6, 4],
    grey.map((value) => value % 17),
  );
  const {warnings} = await loaded(pair(sixteenths, y), {testShare: 0.5});
  assert.match(warnings.join(), /The largest pixel is 16\. Pixels are taken to be 0 … 255/);
});
