import assert from 'node:assert/strict';
import {access} from 'node:fs/promises';
import {test} from 'node:test';
import {registry} from '../../stages/registry.ts';
import {trainingSettings} from '../../stages/shared/image-facts.ts';
import {StageError} from '../../src/contract/stage.ts';
import {openBuffers} from '../../src/learning/codecs/buffers.ts';
import {writeTrajectory} from '../../src/learning/codecs/trajectory.ts';
import type {Trajectory} from '../../src/learning/data/trajectory.ts';
import {run} from '../../stages/shard-buffers/run.ts';
import {smallTrajectory} from '../support/data/small-trajectory.ts';
import {StageRig} from '../support/registries/stage-context.ts';

async function writeExperts(rig: StageRig, experts: readonly Trajectory[]): Promise<string[]> {
  const paths = experts.map((_, i) => rig.folder.file(`expert-${i}`));
  for (const [i, expert] of experts.entries()) await writeTrajectory(paths[i]!, expert);
  return paths;
}

test('experts fill one buffer after the other, in order, and none is dropped', async () => {
  await using rig = await StageRig.create();
  const experts = await writeExperts(
    rig,
    [5, 6, 7, 8, 9].map((seed) => smallTrajectory(seed)),
  );
  await run(rig.context({params: {shardSize: 2}, inputs: {experts}}));
  const shards = [0, 1, 2].map((index) => rig.output('buffers', index));
  await using buffers = await openBuffers(shards);
  assert.deepEqual(
    buffers.experts.map(({seed}) => seed),
    [5, 6, 7, 8, 9],
  );
  assert.deepEqual(await buffers.snapshot(4, 1), smallTrajectory(9).snapshots[1]);
  await using last = await openBuffers([shards[2]!]);
  assert.equal(last.trajectories, 1);
  assert.deepEqual(
    rig.progress.map(({done}) => done),
    [2, 4, 5],
  );
});

test('experts that differ are refused by the name of the field before anything is written', async () => {
  await using rig = await StageRig.create();
  const other = {...smallTrajectory(2), model: 'MLP'};
  const experts = await writeExperts(rig, [smallTrajectory(0), smallTrajectory(1), other]);
  await assert.rejects(
    run(rig.context({params: {shardSize: 2}, inputs: {experts}})),
    (error: unknown) =>
      error instanceof StageError &&
      /expert-2: model must be ConvNet to go with .*expert-0, got MLP/.test(error.message),
  );
  await assert.rejects(access(rig.output('buffers', 0)));
});

test('buffers are checked for every parameter of train-expert that is a setting of experts', () => {
  const {params} = registry.get('train-expert')!.contract;
  const others = ['model', 'epochs', 'keep', 'precision', 'seed', 'testImages'];
  assert.deepEqual(
    [...trainingSettings].sort(),
    Object.keys(params)
      .filter((name) => !others.includes(name))
      .sort(),
  );
});
