import assert from 'node:assert/strict';
import {readFile} from 'node:fs/promises';
import {test} from 'node:test';
import {StageError, StopRequested} from '../../src/contract/stage.ts';
import {readDataset, writeDataset} from '../../src/learning/codecs/dataset-arrow.ts';
import {readTransform} from '../../src/learning/codecs/transform.ts';
import type {Dataset} from '../../src/learning/data/dataset.ts';
import {
  floatsOf,
  StandardisedBytes,
  type NetworkImages,
} from '../../src/learning/data/standardised-bytes.ts';
import {applyTransform, invertTransform} from '../../src/learning/whitening.ts';
import type {contract} from '../../stages/zca/contract.ts';
import {run} from '../../stages/zca/run.ts';
import type {StageContext} from '../../src/contract/stage.ts';
import {smallDataset} from '../support/data/small-dataset.ts';
import {StageRig} from '../support/registries/stage-context.ts';

async function contextFor(
  rig: StageRig,
  dataset: Dataset,
  params: StageContext<typeof contract>['params'],
): Promise<StageContext<typeof contract>> {
  await writeDataset(rig.folder.file('raw'), dataset);
  return rig.context({params, inputs: {dataset: [rig.folder.file('raw')]}});
}

for (const method of ['zca', 'standardise'] as const) {
  test(`${method} gives images that its transform turns back into the pixels`, async () => {
    await using rig = await StageRig.create();
    const raw = smallDataset({train: 600, test: 30});
    await run(await contextFor(rig, raw, {method, eps: 0.1}));
    const transform = rig.output('transform');
    const whitened = await readDataset(rig.output('dataset'), {transform});
    const fitted = await readTransform(transform);
    assert.deepEqual(
      [fitted.count, fitted.source, fitted.transform.kind],
      [600, raw.source, method],
    );
    assert.equal(whitened.source, raw.source);
    for (const split of ['train', 'test'] as const) {
      assert.deepEqual(whitened[split].labels, raw[split].labels);
      const images = floatsOf(whitened[split].images as NetworkImages);
      const pixels = await invertTransform(fitted.transform, images);
      assert.ok(pixels.every((value, i) => Math.abs(value - raw[split].images[i]! / 255) < 1e-5));
    }
  });
}

test('standardised images stay bytes, and are read as the numbers that the transform gives', async () => {
  await using rig = await StageRig.create();
  const raw = smallDataset({train: 40, test: 5});
  await run(await contextFor(rig, raw, {method: 'standardise', eps: 0.1}));
  const dataset = await readDataset(rig.output('dataset'), {transform: rig.output('transform')});
  const {images} = dataset.train;
  assert.ok(images instanceof StandardisedBytes);
  assert.deepEqual(images.bytes, raw.train.images);
  const rows = {pixels: raw.train.images, size: 12, count: 40};
  assert.deepEqual(floatsOf(images), await applyTransform(dataset.transform!, rows));
  assert.deepEqual(floatsOf(images.subarray(12, 24)), floatsOf(images).subarray(12, 24));
  await writeDataset(rig.folder.file('again'), dataset);
  assert.deepEqual(await readFile(rig.folder.file('again')), await readFile(rig.output('dataset')));
});

test('CIFAR-100 is standardised by the statistics of CIFAR-10, as in the official program', async () => {
  await using rig = await StageRig.create();
  const shape = {height: 2, width: 2, channels: 3};
  const cifar100 = {...smallDataset(), name: 'cifar100', shape};
  await run(await contextFor(rig, cifar100, {method: 'standardise', eps: 0.1}));
  const {transform} = await readTransform(rig.output('transform'));
  assert.deepEqual(transform, {
    kind: 'standardise',
    mean: Float32Array.of(0.4914, 0.4822, 0.4465),
    std: Float32Array.of(0.2023, 0.1994, 0.201),
  });
});

test('the test images have no part in the transform', async () => {
  await using rig = await StageRig.create();
  const raw = smallDataset({train: 50, test: 10});
  await run(await contextFor(rig, raw, {method: 'zca', eps: 0.1}));
  const transform = await readFile(rig.output('transform'));
  const other = {...raw, test: {...raw.test, images: new Uint8Array(120).fill(9)}};
  await run(await contextFor(rig, other, {method: 'zca', eps: 0.1}));
  assert.deepEqual(await readFile(rig.output('transform')), transform);
});

test('images that were set aside are transformed, and have no part in the transform either', async () => {
  await using rig = await StageRig.create();
  const raw = smallDataset({train: 50, test: 10});
  await run(await contextFor(rig, raw, {method: 'zca', eps: 0.1}));
  const transform = await readFile(rig.output('transform'));
  const heldOut = {...raw.test, images: new Uint8Array(120).fill(9)};
  await run(await contextFor(rig, {...raw, heldOut}, {method: 'zca', eps: 0.1}));
  assert.deepEqual(await readFile(rig.output('transform')), transform);
  const whitened = await readDataset(rig.output('dataset'), {transform: rig.output('transform')});
  const images = whitened.heldOut?.images as Float32Array;
  const pixels = await invertTransform(whitened.transform!, images);
  assert.ok(pixels.every((value) => Math.abs(value - 9 / 255) < 1e-5));
});

test('a data set that is known by name is standardised by its published statistics', async () => {
  await using rig = await StageRig.create();
  const mnist = {
    ...smallDataset(),
    name: 'mnist',
    shape: {height: 3, width: 4, channels: 1},
  };
  await run(await contextFor(rig, mnist, {method: 'standardise', eps: 0.1}));
  const {transform} = await readTransform(rig.output('transform'));
  const [mean, std] = [Float32Array.of(0.1307), Float32Array.of(0.3081)];
  assert.deepEqual(transform, {kind: 'standardise', mean, std});
});

test('progress counts images up to all there are, and the steps of the roots as steps', async () => {
  await using rig = await StageRig.create();
  await run(
    await contextFor(rig, smallDataset({train: 5000, test: 600}), {method: 'zca', eps: 0.1}),
  );
  const isRoots = (note: string | undefined): boolean => note === 'roots of the covariance';
  assert.deepEqual(
    rig.progress
      .filter(({note}) => !isRoots(note))
      .map(({done, total, unit, note}) => {
        assert.equal(unit, 'images');
        return [done, total, note];
      }),
    [
      [4096, 10_600, 'fitting'],
      [5000, 10_600, 'fitting'],
      [9096, 10_600, 'training images'],
      [10_000, 10_600, 'training images'],
      [10_600, 10_600, 'test images'],
    ],
  );
  const steps = rig.progress.filter(({note}) => isRoots(note));
  assert.ok(steps.length > 1);
  assert.deepEqual(
    steps.map(({done, total, unit}) => [done, total, unit]),
    steps.map((_, step) => [step, steps.length, 'steps']),
  );
});

test('an eps that is lost in rounding, or that loses all else, is an error that says so', async () => {
  await using rig = await StageRig.create();
  const constant = smallDataset({train: 50, test: 10});
  constant.train.images.fill(200);
  const context = await contextFor(rig, constant, {method: 'zca', eps: Number.MIN_VALUE});
  await assert.rejects(run(context), /eps 5e-324 is too small to whiten small/);
  const large = await contextFor(rig, constant, {method: 'zca', eps: 1e100});
  await assert.rejects(run(large), /eps 1e\+100 is too large to whiten small: its root is beyond/);
});

test('a channel of one value is refused by standardise, and whitened to zeros by zca', async () => {
  await using rig = await StageRig.create();
  const flat = smallDataset({train: 50, test: 10});
  flat.train.images.forEach((_, i, images) => (images[i] = i % 2 === 1 ? 77 : images[i]!));
  await assert.rejects(
    run(await contextFor(rig, flat, {method: 'standardise', eps: 0.1})),
    (error: unknown) =>
      error instanceof StageError && error.message.startsWith('Channel 1 of small is 77 in every'),
  );
  await run(await contextFor(rig, flat, {method: 'zca', eps: 0.1}));
  const {images} = (await readDataset(rig.output('dataset'))).train;
  assert.ok((images as Float32Array).every((value, i) => i % 2 === 0 || Math.abs(value) < 1e-5));
});

test('a data set that is transformed already, or too small, is refused', async () => {
  await using rig = await StageRig.create();
  const params = {method: 'zca', eps: 0.1} as const;
  await run(await contextFor(rig, smallDataset(), params));
  const inputs = {dataset: [rig.output('dataset')]};
  await assert.rejects(run(rig.context({params, inputs})), /small is transformed already/);
  const tiny = await contextFor(rig, smallDataset({train: 1, test: 1}), params);
  await assert.rejects(run(tiny), /1 training images: too few to fit/);
});

test('a damaged data set is an error for the user that names the file', async () => {
  await using rig = await StageRig.create();
  const inputs = {dataset: [import.meta.filename]};
  await assert.rejects(
    run(rig.context({params: {method: 'zca', eps: 0.1}, inputs})),
    (error: unknown) =>
      error instanceof StageError && /zca\.test\.js: not an Arrow/.test(error.message),
  );
});

test('a fit stops when the run wants to', async () => {
  await using rig = await StageRig.create();
  const context = await contextFor(rig, smallDataset({train: 600, test: 1}), {
    method: 'zca',
    eps: 1,
  });
  rig.stop();
  await assert.rejects(run(context), StopRequested);
});
