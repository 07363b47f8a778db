import assert from 'node:assert/strict';
import {writeFile} from 'node:fs/promises';
import {test} from 'node:test';
import type {SourceFiles} from '../../../src/fetch/source-file.ts';
import type {CatalogEntry} from '../../../src/learning/data/catalog/entry.ts';
import {loadDataset} from '../../../src/learning/data/load-dataset.ts';
import {TemporaryFolder} from '../../support/rigs/temporary-folder.ts';

const named = (name: string): SourceFiles => [{name, digests: []}];
const entry: CatalogEntry = {
  name: 'tiny',
  shape: {height: 1, width: 1, channels: 1},
  classes: ['a', 'b'],
  counts: {train: 2, test: 1},
  mean: [0],
  std: [1],
  bases: [],
  files: {
    kind: 'idx',
    trainImages: named('train-images'),
    trainLabels: named('train-labels'),
    testImages: named('test-images'),
    testLabels: named('test-labels'),
  },
};

/** Loads a data set after writing its four files, some of which `instead` replaces. */
async function load(
  instead: Readonly<Record<string, readonly number[]>>,
): ReturnType<typeof loadDataset> {
  await using folder = await TemporaryFolder.create();
  const contents: Readonly<Record<string, readonly number[]>> = {
    'train-images': [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 1, 10, 20],
    'train-labels': [0, 0, 8, 1, 0, 0, 0, 2, 0, 1],
    'test-images': [0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 30],
    'test-labels': [0, 0, 8, 1, 0, 0, 0, 1, 1],
    ...instead,
  };
  for (const [name, bytes] of Object.entries(contents)) {
    await writeFile(folder.file(name), Uint8Array.from(bytes));
  }
  return await loadDataset(entry, {
    obtain: async ([{name}]) => folder.file(name),
    resizing: 'stretch',
  });
}

test('images and labels of both splits are put together', async () => {
  const {train, test: tested, name} = await load({});
  assert.equal(name, 'tiny');
  assert.deepEqual(train, {images: Uint8Array.of(10, 20), labels: Int32Array.of(0, 1), count: 2});
  assert.deepEqual(tested, {images: Uint8Array.of(30), labels: Int32Array.of(1), count: 1});
});

const wrong: readonly (readonly [string, Readonly<Record<string, readonly number[]>>, RegExp])[] = [
  [
    'fewer images than the catalog says',
    {'train-images': [0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 10]},
    /train-images: 2 images of 1 × 1 × 1 expected, got 1 images/,
  ],
  [
    'fewer labels than images',
    {'train-labels': [0, 0, 8, 1, 0, 0, 0, 1, 0]},
    /train-labels: 2 labels expected, got 1/,
  ],
  [
    'a label without a class',
    {'test-labels': [0, 0, 8, 1, 0, 0, 0, 1, 2]},
    /test-labels: there is no class 2/,
  ],
];
for (const [what, instead, message] of wrong) {
  test(`${what}: the file is named`, async () => {
    await assert.rejects(load(instead), message);
  });
}
