import assert from 'node:assert/strict';
import {readFile, stat} from 'node:fs/promises';
import {test} from 'node:test';
import {CorruptFile, IncompatibleFile} from '../../../src/formats/file-fault.ts';
import {readSafetensors, writeSafetensors} from '../../../src/formats/safetensors/safetensors.ts';
import {float32Tensor} from '../../../src/formats/tensor.ts';
import {assertCompatibleTrajectories, writeBuffer} from '../../../src/learning/codecs/buffer.ts';
import {openBuffers} from '../../../src/learning/codecs/buffers.ts';
import {TrajectoryFile, writeTrajectory} from '../../../src/learning/codecs/trajectory.ts';
import type {Trajectory} from '../../../src/learning/data/trajectory.ts';
import {Random} from '../../../src/learning/random.ts';
import {smallTrajectory} from '../../support/data/small-trajectory.ts';
import {TemporaryFolder} from '../../support/rigs/temporary-folder.ts';

const straight = {through: [], smooth: false};

/** A trajectory of 50 epochs of a network with 20,000 parameters in four arrays. */
function longTrajectory(seed: number): Trajectory {
  const random = new Random(seed, 'long');
  return {
    ...smallTrajectory(seed),
    layout: [0, 1, 2, 3].map((i) => ({name: `layer.${i}`, shape: [50, 100]})),
    snapshots: Array.from({length: 51}, () =>
      Float32Array.from({length: 20_000}, () => random.normal()),
    ),
  };
}

test('a trajectory is read from its line, snapshot by snapshot, also out of a buffer', async () => {
  await using folder = await TemporaryFolder.create();
  const path = folder.file('line');
  await writeTrajectory(path, smallTrajectory(1), {line: straight});
  // Both arrays go straight from epoch 0 to 2, and as far in each epoch.
  await using file = await TrajectoryFile.open(path);
  assert.deepEqual([file.snapshots, file.line], [3, straight]);
  for (const [epoch, snapshot] of smallTrajectory(1).snapshots.entries()) {
    const got = await file.snapshot(epoch);
    got.forEach((value, i) => assert.ok(Math.abs(value - snapshot[i]!) < 1e-5));
  }
  const other = folder.file('other');
  await writeTrajectory(other, smallTrajectory(2), {line: straight});
  await writeBuffer(folder.file('shard'), [path, other]);
  await using buffers = await openBuffers([folder.file('shard')]);
  assert.deepEqual([buffers.trajectories, buffers.snapshots], [2, 3]);
  assert.deepEqual(await buffers.snapshot(0, 1), await file.snapshot(1));
  const middle = await buffers.snapshot(1, 0.5);
  smallTrajectory(2).snapshots[0]!.forEach((value, i) =>
    assert.ok(Math.abs(middle[i]! - (value + 5)) < 1e-4),
  );
  await assert.rejects(buffers.snapshot(0, 2.1), RangeError);
});

test('between the snapshots of a whole trajectory parameters are interpolated as well', async () => {
  await using folder = await TemporaryFolder.create();
  await writeTrajectory(folder.file('whole'), smallTrajectory(1));
  await writeBuffer(folder.file('shard'), [folder.file('whole')]);
  await using buffers = await openBuffers([folder.file('shard')]);
  const [, one] = smallTrajectory(1).snapshots;
  assert.deepEqual(
    await buffers.snapshot(0, 1.25),
    one!.map((value) => value + 2.5),
  );
});

for (const [precision, least] of [
  ['F32', 20],
  ['F16', 40],
] as const) {
  test(`the line of fifty epochs takes a small part of the disk in ${precision}`, async () => {
    await using folder = await TemporaryFolder.create();
    const trajectory = longTrajectory(1);
    await writeTrajectory(folder.file('whole'), trajectory);
    const whole = (await stat(folder.file('whole'))).size;
    for (const [through, points] of [
      [[], 2],
      [[6, 25], 4],
    ] as const) {
      const path = folder.file(`line-${points}`);
      await writeTrajectory(path, trajectory, {precision, line: {through, smooth: false}});
      await writeBuffer(folder.file('shard'), [path]);
      const [line, shard] = [await stat(path), await stat(folder.file('shard'))];
      assert.ok(whole / line.size > (least * 2) / points, `${whole} and ${line.size} bytes`);
      assert.ok(Math.abs(line.size - shard.size) < 100);
      // The points, four shares an epoch, and what both kinds of files say of the expert.
      const {tensors} = await readSafetensors(path);
      assert.deepEqual(tensors.get('theta')!.shape, [points, 20_000]);
      assert.deepEqual(tensors.get('walked')!.shape, [51, 4]);
    }
  });
}

test('the same lines give the same buffer, in any shards', async () => {
  await using folder = await TemporaryFolder.create();
  const paths = [0, 1].map((seed) => folder.file(`line-${seed}`));
  for (const [seed, path] of paths.entries()) {
    await writeTrajectory(path, smallTrajectory(seed), {line: straight});
  }
  await writeBuffer(folder.file('a'), paths);
  await writeBuffer(folder.file('b'), paths);
  assert.deepEqual(await readFile(folder.file('a')), await readFile(folder.file('b')));
  await writeBuffer(folder.file('c'), paths.slice(1));
  await using together = await openBuffers([folder.file('a')]);
  await using alone = await openBuffers([folder.file('c')]);
  assert.deepEqual(await alone.snapshot(0, 1), await together.snapshot(1, 1));
});

test('lines go with lines of the same nodes only', async () => {
  await using folder = await TemporaryFolder.create();
  const forms = [undefined, straight, {through: [1], smooth: false}, {through: [1], smooth: true}];
  const paths = forms.map((_, i) => folder.file(`expert-${i}`));
  for (const [i, line] of forms.entries()) {
    await writeTrajectory(paths[i]!, smallTrajectory(i), {line});
  }
  for (const [i, path] of paths.slice(1).entries()) {
    await assert.rejects(
      assertCompatibleTrajectories([paths[i]!, path]),
      (error: unknown) => error instanceof IncompatibleFile && error.field === 'line',
    );
  }
});

test('a line whose nodes or shares are damaged is said with its file', async () => {
  await using folder = await TemporaryFolder.create();
  const path = folder.file('line');
  await writeTrajectory(path, smallTrajectory(1), {line: straight});
  const {tensors, metadata} = await readSafetensors(path);
  const walked = tensors.get('walked')!;
  const damages = [
    [
      new Map([...tensors, ['walked', float32Tensor(new Float32Array(3), [3, 1])]]),
      metadata,
      /walked must be \[epochs \+ 1, 2\]/,
    ],
    [
      tensors,
      {...metadata, line: '{"through":[1],"smooth":false}'},
      /theta has 2 rows, which are not the nodes 0, 1, 2/,
    ],
    [tensors, {...metadata, line: '{"through":[2],"smooth":false}'}, /not the nodes 0, 2, 2/],
    [tensors, {...metadata, line: '[]'}, /metadata's line must be/],
  ] as const;
  for (const [content, about, message] of damages) {
    await writeSafetensors(path, new Map(content), about);
    await assert.rejects(
      TrajectoryFile.open(path),
      (error: unknown) =>
        error instanceof CorruptFile && error.file === path && message.test(error.message),
    );
  }
  (walked.data as Float32Array)[2] = NaN;
  await writeSafetensors(path, tensors, metadata);
  await using file = await TrajectoryFile.open(path);
  await assert.rejects(file.snapshot(1), /not finite in the tensor `walked`/);
});
