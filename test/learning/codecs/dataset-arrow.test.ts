import assert from 'node:assert/strict';
import {readFile, truncate, writeFile} from 'node:fs/promises';
import {test} from 'node:test';
import {tableFromIPC} from 'apache-arrow';
import {
  readDataset,
  readDatasetIdentity,
  writeDataset,
} from '../../../src/learning/codecs/dataset-arrow.ts';
import {CorruptFile, IncompatibleFile} from '../../../src/formats/file-fault.ts';
import {transformDigest, writeTransform} from '../../../src/learning/codecs/transform.ts';
import type {Dataset, Split} from '../../../src/learning/data/dataset.ts';
import {smallDataset, smallFloatDataset} from '../../support/data/small-dataset.ts';
import {TemporaryFolder} from '../../support/rigs/temporary-folder.ts';

/** Gives a data set of 3 + 2 images of 3 MB. A record batch holds at most two of them. */
function datasetOfManyBatches(): Dataset {
  const shape = {height: 1024, width: 1024, channels: 3};
  return {...smallDataset(), shape, train: splitOfLargeImages(3), test: splitOfLargeImages(2)};
}

function splitOfLargeImages(count: number): Split {
  return {
    images: new Uint8Array(count * 1024 * 1024 * 3).map((_, i) => (i * 31) >>> 7),
    labels: Int32Array.from({length: count}, (_, i) => i % 2),
    count,
  };
}

for (const [what, dataset] of [
  ['raw bytes', smallDataset()],
  ['no test images', smallDataset({train: 2, test: 0})],
  ['no images at all', smallDataset({train: 0, test: 0})],
  ['more images than fit into a record batch', datasetOfManyBatches()],
] as const) {
  test(`a data set of ${what} comes back as it was written`, async () => {
    await using folder = await TemporaryFolder.create();
    await writeDataset(folder.file('d.arrow'), dataset);
    assert.deepEqual(await readDataset(folder.file('d.arrow')), dataset);
  });
}

test('floats come back with the transform they went through, and without it when it is not given', async () => {
  await using folder = await TemporaryFolder.create();
  const {transform, ...rest} = smallFloatDataset();
  const path = folder.file('d.arrow');
  await writeDataset(path, {...rest, transform: transform!});
  const fitted = {...rest, transform: transform!, count: rest.train.count};
  await writeTransform(folder.file('t.safetensors'), fitted);
  assert.deepEqual(await readDataset(path, {transform: folder.file('t.safetensors')}), {
    ...rest,
    transform,
    transformDigest: transformDigest(transform!),
  });
  const untold = await readDataset(path);
  assert.deepEqual(untold, {...rest, transformDigest: transformDigest(transform!)});
  await writeDataset(folder.file('again.arrow'), untold);
  assert.deepEqual(await readDataset(folder.file('again.arrow')), untold);
});

test('a transform that the images did not go through is refused', async () => {
  await using folder = await TemporaryFolder.create();
  const dataset = smallFloatDataset();
  await writeDataset(folder.file('d.arrow'), dataset);
  const transform = {
    kind: 'standardise',
    mean: Float32Array.of(0, 0),
    std: Float32Array.of(1, 1),
  } as const;
  await writeTransform(folder.file('t'), {...dataset, transform, count: 5});
  await assert.rejects(
    readDataset(folder.file('d.arrow'), {transform: folder.file('t')}),
    (error: unknown) => error instanceof IncompatibleFile && error.file === folder.file('t'),
  );
});

test('a split can be read alone', async () => {
  await using folder = await TemporaryFolder.create();
  const dataset = smallDataset();
  await writeDataset(folder.file('d.arrow'), dataset);
  const none = {images: new Uint8Array(), labels: new Int32Array(), count: 0};
  assert.deepEqual(await readDataset(folder.file('d.arrow'), {splits: ['test']}), {
    ...dataset,
    train: none,
  });
});

test('the same data set gives the same bytes', async () => {
  await using folder = await TemporaryFolder.create();
  await writeDataset(folder.file('a'), smallFloatDataset());
  await writeDataset(folder.file('b'), smallFloatDataset());
  assert.deepEqual(await readFile(folder.file('a')), await readFile(folder.file('b')));
});

test("other readers see images, labels, the split's name and what the data set is", async () => {
  await using folder = await TemporaryFolder.create();
  await writeDataset(folder.file('d.arrow'), smallDataset());
  const table = tableFromIPC(await readFile(folder.file('d.arrow')));
  assert.equal(table.numRows, 8);
  const row = table.get(6)!.toJSON() as {image: Uint8Array; label: number; split: string};
  assert.deepEqual([...row.image], [...smallDataset().test.images.subarray(12, 24)]);
  assert.equal(row.label, 1);
  assert.equal(row.split, 'test');
  const metadata = Object.fromEntries(table.schema.metadata);
  assert.equal(metadata['shape'], '[2,3,2]');
  assert.equal(metadata['layout'], 'HWC');
  assert.equal(metadata['classes'], '["apple","pear"]');
});

test('a label without a class is a corrupt file', async () => {
  await using folder = await TemporaryFolder.create();
  await writeDataset(folder.file('d.arrow'), {...smallDataset(), classes: ['apple']});
  await assert.rejects(readDataset(folder.file('d.arrow')), /label 1 is not one of 1 classes/);
});

test('the identity of a data set can be read without its images', async () => {
  await using folder = await TemporaryFolder.create();
  const path = folder.file('d.arrow');
  // A label has no class, which is found only if the images are read.
  await writeDataset(path, {...smallDataset(), classes: ['apple']});
  const {name, shape, source} = smallDataset();
  const identity = {name, shape, source, classes: ['apple']};
  assert.deepEqual(await readDatasetIdentity(path), {...identity, isRaw: true});
  const floats = smallFloatDataset();
  const transform = floats.transform!;
  await writeDataset(path, {...floats, classes: ['apple']});
  const {name: floatName, shape: floatShape, source: floatSource} = floats;
  const transformed = {
    name: floatName,
    shape: floatShape,
    source: floatSource,
    classes: ['apple'],
    transformDigest: transformDigest(transform),
    isRaw: false,
  };
  assert.deepEqual(await readDatasetIdentity(path), transformed);
  await writeTransform(folder.file('t'), {...floats, transform, count: 5});
  assert.deepEqual(await readDatasetIdentity(path, folder.file('t')), {...transformed, transform});
});

test('a file that is not a data set is a corrupt file, and so is every prefix of one', async () => {
  await using folder = await TemporaryFolder.create();
  const path = folder.file('d.arrow');
  const isNamed = (error: unknown): boolean => error instanceof CorruptFile && error.file === path;
  await writeFile(path, '');
  await assert.rejects(readDataset(path), isNamed);
  await writeFile(path, 'no Arrow file, but long enough to be one');
  await assert.rejects(readDataset(path), isNamed);
  await writeDataset(path, smallDataset());
  const {length} = await readFile(path);
  for (let size = length - 1; size > 0; size -= 37) {
    await truncate(path, size);
    await assert.rejects(readDataset(path), isNamed, `cut to ${size} of ${length} bytes`);
  }
});

test('images that were set aside come back in a split of their own', async () => {
  await using folder = await TemporaryFolder.create();
  const path = folder.file('d.arrow');
  const {test: heldOut, ...rest} = smallDataset();
  const dataset = {...rest, test: rest.train, heldOut};
  await writeDataset(path, dataset);
  assert.deepEqual(await readDataset(path), dataset);
  const alone = await readDataset(path, {splits: ['held-out']});
  assert.deepEqual(
    [alone.train.count, alone.test.count, alone.heldOut?.count],
    [0, 0, heldOut.count],
  );
  const table = tableFromIPC(await readFile(path));
  const row = table.get(table.numRows - 1)!.toJSON() as {split: string};
  assert.equal(row.split, 'held-out');
});
