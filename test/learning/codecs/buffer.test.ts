import assert from 'node:assert/strict';
import {readFile, stat, truncate} from 'node:fs/promises';
import {test} from 'node:test';
import {writeBuffer} from '../../../src/learning/codecs/buffer.ts';
import {openBuffers} from '../../../src/learning/codecs/buffers.ts';
import {CorruptFile, IncompatibleFile} from '../../../src/formats/file-fault.ts';
import {readSafetensors, writeSafetensors} from '../../../src/formats/safetensors/safetensors.ts';
import {TrajectoryFile, writeTrajectory} from '../../../src/learning/codecs/trajectory.ts';
import type {Precision} from '../../../src/learning/codecs/precision.ts';
import type {Trajectory} from '../../../src/learning/data/trajectory.ts';
import {smallTrajectory} from '../../support/data/small-trajectory.ts';
import {TemporaryFolder} from '../../support/rigs/temporary-folder.ts';

async function writeAll(
  folder: TemporaryFolder,
  trajectories: readonly Trajectory[],
  precision?: Precision,
): Promise<string[]> {
  const paths = trajectories.map((_, i) => folder.file(`expert-${i}`));
  for (const [i, trajectory] of trajectories.entries()) {
    await writeTrajectory(paths[i]!, trajectory, precision ? {precision} : {});
  }
  return paths;
}

for (const precision of ['F32', 'F16', 'BF16'] as const) {
  test(`a trajectory comes back snapshot by snapshot when stored as ${precision}`, async () => {
    await using folder = await TemporaryFolder.create();
    const {snapshots, seed, history, ...kind} = smallTrajectory(1);
    const [path] = await writeAll(folder, [smallTrajectory(1)], precision);
    await using file = await TrajectoryFile.open(path!);
    assert.deepEqual(file.kind, kind);
    assert.deepEqual([file.seed, file.history, file.snapshots], [seed, history, 3]);
    // All these numbers are exact in bfloat16.
    assert.deepEqual(await file.snapshot(2), snapshots[2]);
    assert.deepEqual(await file.snapshot(0), snapshots[0]);
  });
}

test('trajectories of several buffers are numbered through, and each snapshot is found', async () => {
  await using folder = await TemporaryFolder.create();
  const experts = [0, 1, 2].map((seed) => smallTrajectory(seed));
  const [a, b, c] = await writeAll(folder, experts);
  await writeBuffer(folder.file('shard-0'), [a!, b!]);
  await writeBuffer(folder.file('shard-1'), [c!]);
  await using buffers = await openBuffers([folder.file('shard-0'), folder.file('shard-1')]);
  assert.deepEqual(
    [buffers.trajectories, buffers.snapshots, buffers.parameterCount, buffers.layout],
    [3, 3, 5, experts[0]!.layout],
  );
  assert.deepEqual(
    buffers.experts.map(({seed}) => seed),
    [0, 1, 2],
  );
  assert.deepEqual(buffers.experts[1]!.history, experts[1]!.history);
  // Every trajectory is read twice, and they are more than the memory keeps.
  for (const trajectory of [0, 1, 2, 2, 1, 0]) {
    for (const epoch of [0, 1, 2]) {
      const expected = experts[trajectory]!.snapshots[epoch];
      assert.deepEqual(await buffers.snapshot(trajectory, epoch), expected);
    }
  }
  await assert.rejects(buffers.snapshot(3, 0), RangeError);
  await assert.rejects(buffers.snapshot(0, 3), RangeError);
});

test('snapshots are read when they are asked for, and only the last few stay in memory', async () => {
  await using folder = await TemporaryFolder.create();
  const path = folder.file('shard');
  const experts = [0, 1].map((seed) => smallTrajectory(seed));
  await writeBuffer(path, await writeAll(folder, experts));
  await using buffers = await openBuffers([path]);
  const before = await buffers.snapshot(0, 0);
  // All numbers are replaced while the buffer is open. Snapshots that were read before stay the same, because the
  // memory keeps them.
  const {tensors, metadata} = await readSafetensors(path);
  for (const {data} of tensors.values()) (data as Float32Array).fill(-1);
  await writeSafetensors(path, tensors, metadata);
  const changed = new Float32Array(5).fill(-1);
  assert.deepEqual(await buffers.snapshot(1, 2), changed);
  assert.deepEqual(await buffers.snapshot(0, 0), before);
  for (const [trajectory, epoch] of [
    [0, 1],
    [0, 2],
    [1, 0],
    [1, 1],
  ] as const) {
    assert.deepEqual(await buffers.snapshot(trajectory, epoch), changed);
  }
  assert.deepEqual(await buffers.snapshot(0, 0), changed);
});

test('other readers find each trajectory of a buffer under its number', async () => {
  await using folder = await TemporaryFolder.create();
  const paths = await writeAll(folder, [smallTrajectory(0), smallTrajectory(1)]);
  await writeBuffer(folder.file('shard'), paths);
  const {tensors} = await readSafetensors(folder.file('shard'));
  assert.deepEqual([...tensors.keys()], ['theta.0', 'theta.1']);
  assert.deepEqual(tensors.get('theta.1')?.shape, [3, 5]);
});

test('the same trajectories give the same buffer', async () => {
  await using folder = await TemporaryFolder.create();
  const paths = await writeAll(folder, [smallTrajectory(0), smallTrajectory(1)]);
  await writeBuffer(folder.file('a'), paths);
  await writeBuffer(folder.file('b'), paths);
  assert.deepEqual(await readFile(folder.file('a')), await readFile(folder.file('b')));
});

function differsIn(field: string, path: string): (error: unknown) => boolean {
  return (error) =>
    error instanceof IncompatibleFile && error.field === field && error.file === path;
}

const plain: Trajectory = {
  ...smallTrajectory(1),
  image: {height: 2, width: 2, channels: 1},
  classes: 3,
};
const differing: readonly (readonly [string, Trajectory])[] = [
  ['model', {...plain, model: 'MLP'}],
  ['source', {...plain, source: 'abd'}],
  ['transform', {...plain, transformDigest: 'fff'}],
  ['image', {...plain, image: {height: 2, width: 4, channels: 1}}],
  ['classes', {...plain, classes: 10}],
  ['settings.epochs', {...plain, settings: {...plain.settings, epochs: 3}}],
  ['settings.augmentation', {...plain, settings: {...plain.settings, augmentation: 'flip'}}],
  ['settings.images', {...plain, settings: {...plain.settings, images: 500}}],
  ['settings.learningRate', {...plain, settings: {...plain.settings, learningRate: 0.02}}],
  ['settings.momentum', {...plain, settings: {...plain.settings, momentum: 0.9}}],
  ['layout', {...plain, layout: [plain.layout[1]!, plain.layout[0]!]}],
  ['snapshots', {...plain, snapshots: plain.snapshots.slice(1)}],
];
for (const [field, other] of differing) {
  test(`experts that differ in ${field} are refused by that name, in a buffer and across buffers`, async () => {
    await using folder = await TemporaryFolder.create();
    const [first, second] = await writeAll(folder, [{...plain, seed: 0}, other]);
    await assert.rejects(
      writeBuffer(folder.file('shard'), [first!, second!]),
      differsIn(field, second!),
    );
    const shards = [folder.file('shard-0'), folder.file('shard-1')];
    await writeBuffer(shards[0]!, [first!]);
    await writeBuffer(shards[1]!, [second!]);
    await assert.rejects(openBuffers(shards), differsIn(field, shards[1]!));
  });
}

test('for different layouts, the first parameter that differs is reported', async () => {
  await using folder = await TemporaryFolder.create();
  const wider = {...plain, layout: [plain.layout[0]!, {name: 'conv.bias', shape: [1, 1]}]};
  const [first, second] = await writeAll(folder, [plain, wider]);
  await assert.rejects(
    writeBuffer(folder.file('shard'), [first!, second!]),
    /layout must be conv\.bias \[1\] to go with .*expert-0, got conv\.bias \[1, 1\]/,
  );
});

test('experts stored in different precision are refused', async () => {
  await using folder = await TemporaryFolder.create();
  const [first, second] = await writeAll(folder, [plain, plain]);
  await writeTrajectory(second!, plain, {precision: 'F16'});
  await assert.rejects(
    writeBuffer(folder.file('shard'), [first!, second!]),
    /precision must be F32 to go with .*expert-0, got F16/,
  );
});

test('a buffer that is cut short, is no buffer, or lacks a trajectory is a corrupt file', async () => {
  await using folder = await TemporaryFolder.create();
  const path = folder.file('shard');
  const [expert] = await writeAll(folder, [plain]);
  await assert.rejects(openBuffers([expert!]), /holds no tensor called theta\.0/);
  await writeBuffer(path, [expert!]);
  const {tensors, metadata} = await readSafetensors(path);
  await truncate(path, (await stat(path)).size - 1);
  await assert.rejects(openBuffers([path]), CorruptFile);
  await writeSafetensors(path, tensors, {...metadata, experts: '[]'});
  await assert.rejects(openBuffers([path]), /holds no trajectories/);
  await writeSafetensors(path, tensors, {...metadata, settings: '7'});
  await assert.rejects(openBuffers([path]), /settings must be an object/);
  await writeSafetensors(path, tensors, {...metadata, layout: '[{"name":"w","shape":[4]}]'});
  await assert.rejects(openBuffers([path]), /theta\.0 must be \[snapshots, 4\]/);
});
