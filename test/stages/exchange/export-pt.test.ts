import assert from 'node:assert/strict';
import {readFile, readdir} from 'node:fs/promises';
import {test} from 'node:test';
import {PtFile} from '../../../src/formats/pytorch/pt-file.ts';
import {PtTensor, type PtValue} from '../../../src/formats/pytorch/values.ts';
import {writeSafetensors} from '../../../src/formats/safetensors/safetensors.ts';
import {float32Tensor} from '../../../src/formats/tensor.ts';
import {exportPt} from '../../../stages/exchange/export-pt.ts';
import {writeBuffer} from '../../../src/learning/codecs/buffer.ts';
import {writeSynthetic} from '../../../src/learning/codecs/synthetic.ts';
import type {SyntheticSet} from '../../../src/learning/data/synthetic.ts';
import {writeTrajectory} from '../../../src/learning/codecs/trajectory.ts';
import {smallTrajectory} from '../../support/data/small-trajectory.ts';
import {TemporaryFolder} from '../../support/rigs/temporary-folder.ts';

/** Gives the content of a file, with tensors as their shapes and numbers. */
async function contentOf(path: string): Promise<unknown> {
  await using file = await PtFile.open(path);
  const plain = async (value: PtValue): Promise<unknown> => {
    if (value instanceof PtTensor) {
      const {dtype, shape, data} = await file.read(value);
      return [dtype, shape, Array.from(data, Number)];
    }
    if (Array.isArray(value)) return Promise.all((value as readonly PtValue[]).map(plain));
    if (!(value instanceof Map)) return value;
    const items = Array.from(value as ReadonlyMap<string, PtValue>, async ([name, item]) => [
      name,
      await plain(item),
    ]);
    return Object.fromEntries((await Promise.all(items)) as [string, unknown][]);
  };
  return await plain(file.value);
}

/**
 * Writes two images of 1 × 2 pixels with three channels. Their values are i·10 + pixel·3 + channel for image i; in
 * `pixels` they are half of that.
 */
async function writeSet(
  path: string,
  {iteration, targets}: Pick<SyntheticSet, 'iteration' | 'targets'> = {},
): Promise<void> {
  const images = Float32Array.of(0, 1, 2, 3, 4, 5, 10, 11, 12, 13, 14, 15);
  await writeSynthetic(path, {
    name: 'small',
    shape: {height: 1, width: 2, channels: 3},
    classes: ['a', 'b'],
    source: 'abc',
    images,
    labels: Int32Array.of(0, 1),
    count: 2,
    stepSize: 0.02,
    pixels: images.map((value) => value / 2),
    provenance: {},
    ...(targets && {targets}),
    ...(iteration !== undefined && {iteration}),
  });
}

const imagesFirst = ['F32', [2, 3, 1, 2], [0, 3, 1, 4, 2, 5, 10, 13, 11, 14, 12, 15]];

test('a synthetic set becomes the two files of the official program in a folder, and its step size a third', async () => {
  await using folder = await TemporaryFolder.create();
  await writeSet(folder.file('set'));
  const target = folder.file('out/set');
  const images = `${target}/images_best.pt`;
  const labels = `${target}/labels_best.pt`;
  const rate = `${target}/lr_best.pt`;
  assert.deepEqual(await exportPt([folder.file('set')], target), [images, labels, rate]);
  assert.deepEqual(await readdir(target), ['images_best.pt', 'labels_best.pt', 'lr_best.pt']);
  assert.deepEqual(await contentOf(rate), ['F64', [], [0.02]]);
  assert.deepEqual(await contentOf(images), imagesFirst);
  assert.deepEqual(await contentOf(labels), ['I64', [2], [0, 1]]);
});

test('several sets are named by their iteration, or by their number if that is not known', async () => {
  await using folder = await TemporaryFolder.create();
  await writeSet(folder.file('a'), {iteration: 0});
  await writeSet(folder.file('b'), {iteration: 500});
  await exportPt([folder.file('a'), folder.file('b')], folder.file('snapshots'));
  const names = ['images', 'labels', 'lr'].flatMap((what) => [`${what}_0.pt`, `${what}_500.pt`]);
  assert.deepEqual((await readdir(folder.file('snapshots'))).sort(), names);
  assert.deepEqual(await contentOf(folder.file('snapshots/images_500.pt')), imagesFirst);
  await writeSet(folder.file('c'));
  await exportPt([folder.file('c'), folder.file('c')], folder.file('sets'));
  assert.deepEqual(
    (await readdir(folder.file('sets'))).sort(),
    names.map((name) => name.replace('500', '1')),
  );
});

test('a synthetic set becomes a dictionary with its step size in a file', async () => {
  await using folder = await TemporaryFolder.create();
  await writeSet(folder.file('set'));
  const target = folder.file('set.pt');
  assert.deepEqual(await exportPt([folder.file('set')], target), [target]);
  assert.deepEqual(await contentOf(target), {
    images: imagesFirst,
    labels: ['I64', [2], [0, 1]],
    step_size: ['F64', [], [0.02]],
    pixels: ['F32', [2, 3, 1, 2], (imagesFirst[2] as number[]).map((value) => value / 2)],
  });
});

test('soft labels become logits in a folder, and stay as they are in a dictionary', async () => {
  await using folder = await TemporaryFolder.create();
  const values = Float32Array.of(0.25, 0.75, 0, 1);
  for (const [kind, expected] of [
    ['logits', [...values]],
    ['rows', [...Float32Array.of(Math.log(0.25), Math.log(0.75), -126 * Math.LN2, 0)]],
  ] as const) {
    await writeSet(folder.file('set'), {targets: {kind, values}});
    await exportPt([folder.file('set')], folder.file(kind));
    const labels = await contentOf(folder.file(`${kind}/labels_best.pt`));
    assert.deepEqual(labels, ['F32', [2, 2], expected]);
    await exportPt([folder.file('set')], folder.file('set.pt'));
    const all = (await contentOf(folder.file('set.pt'))) as Record<string, unknown>;
    assert.deepEqual(all[`label_${kind}`], ['F32', [2, 2], [...values]]);
    assert.deepEqual(all['labels'], ['I64', [2], [0, 1]]);
  }
});

/** Gives snapshot `epoch` of expert `seed` in `smallTrajectory`, divided into its parameters. */
function snapshot(seed: number, epoch: number): unknown {
  const [a, b, c, d, e] = Array.from({length: 5}, (_, i) => 100 * seed + 10 * epoch + i);
  return [
    ['F32', [2, 2], [a, b, c, d]],
    ['F32', [1], [e]],
  ];
}

test('buffers become lists of trajectories of parameters, file by file, and a trajectory a list of one', async () => {
  await using folder = await TemporaryFolder.create();
  const path = (name: string): string => folder.file(name);
  for (const seed of [0, 1, 2])
    await writeTrajectory(path(`expert-${seed}`), smallTrajectory(seed));
  await writeBuffer(path('buffer-0'), [path('expert-0'), path('expert-1')]);
  await writeBuffer(path('buffer-1'), [path('expert-2')]);
  const target = path('experts');
  const written = await exportPt([path('buffer-0'), path('buffer-1')], target);
  assert.deepEqual(written, [`${target}/replay_buffer_0.pt`, `${target}/replay_buffer_1.pt`]);
  const trajectory = (seed: number): unknown => [0, 1, 2].map((epoch) => snapshot(seed, epoch));
  assert.deepEqual(await contentOf(written[0]!), [trajectory(0), trajectory(1)]);
  assert.deepEqual(await contentOf(written[1]!), [trajectory(2)]);
  assert.deepEqual(await exportPt([path('expert-1')], path('one.pt')), [path('one.pt')]);
  assert.deepEqual(await contentOf(path('one.pt')), [trajectory(1)]);
});

test('other tensors become a dictionary, and the same tensors the same bytes', async () => {
  await using folder = await TemporaryFolder.create();
  const tensors = new Map([['mean', float32Tensor(Float32Array.of(1, 2), [2])]]);
  await writeSafetensors(folder.file('transform'), tensors);
  await exportPt([folder.file('transform')], folder.file('a.pt'));
  await exportPt([folder.file('transform')], folder.file('b.pt'));
  assert.deepEqual(await contentOf(folder.file('a.pt')), {mean: ['F32', [2], [1, 2]]});
  assert.deepEqual(await readFile(folder.file('a.pt')), await readFile(folder.file('b.pt')));
});

test('several files do not fit into one, and parameters without a layout cannot be cut', async () => {
  await using folder = await TemporaryFolder.create();
  const tensors = new Map([['theta.0', float32Tensor(Float32Array.of(1, 2), [1, 2])]]);
  await writeSafetensors(folder.file('bare'), tensors);
  const bare = folder.file('bare');
  await assert.rejects(exportPt([bare, bare], folder.file('a.pt')), /name a folder\.$/);
  await assert.rejects(
    exportPt([bare], folder.file('a.pt')),
    /does not say what layout its parameters have$/,
  );
  await writeSafetensors(bare, tensors, {layout: '[{"shape": [3]}]'});
  await assert.rejects(
    exportPt([bare], folder.file('a.pt')),
    /theta\.0 has 2 parameters, but its layout 3$/,
  );
  assert.deepEqual(await readdir(folder.path), ['bare']);
});

test('lines become the snapshots that they stand for', async () => {
  await using folder = await TemporaryFolder.create();
  const paths = [0, 1].map((seed) => folder.file(`line-${seed}`));
  for (const [seed, path] of paths.entries()) {
    await writeTrajectory(path, smallTrajectory(seed), {line: {through: [1], smooth: false}});
  }
  await writeBuffer(folder.file('shard'), paths);
  await exportPt([folder.file('shard')], folder.file('lines'));
  const whole = [0, 1].map((seed) => folder.file(`whole-${seed}`));
  for (const [seed, path] of whole.entries()) await writeTrajectory(path, smallTrajectory(seed));
  await writeBuffer(folder.file('plain'), whole);
  await exportPt([folder.file('plain')], folder.file('plains'));
  const [lines, plains] = ['lines', 'plains'].map((name) =>
    folder.file(`${name}/replay_buffer_0.pt`),
  );
  assert.deepEqual(await contentOf(lines!), await contentOf(plains!));
});
