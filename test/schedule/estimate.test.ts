import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {InstanceId} from '../../src/pipeline/graph/instance.ts';
import {estimate} from '../../src/schedule/estimate.ts';
import {planGraph, type Plan, type Planned} from '../../src/plan/plan-graph.ts';
import {graphOf} from '../support/texts/load-text.ts';
import {TemporaryFolder} from '../support/rigs/temporary-folder.ts';

/** The plan of a pipeline of which nothing is stored, with what is expected put in. */
async function planWith(expectedMs: Readonly<Record<string, number>>): Promise<Plan> {
  await using folder = await TemporaryFolder.create();
  const graph = await graphOf(`
stages:
  data: {uses: make}
  net:
    uses: train
    matrix: {seed: {count: 4}}
    inputs: {dataset: data.dataset}
    with: {model: VGG11, seed: "\${matrix.seed}"}
  again: {uses: train, inputs: {dataset: data.dataset}, with: {model: VGG11}}
  joined: {uses: join, inputs: {trajectories: "net.trajectory[*]"}}
`);
  const entries = Array.from(planGraph(graph, {root: folder.path})).map(
    ([id, planned]): [InstanceId, Planned] => {
      const known = planned.sameAs === undefined ? expectedMs[planned.instance.stage] : undefined;
      return [id, known === undefined ? planned : {...planned, expectedMs: known}];
    },
  );
  return new Map(entries);
}

test('work adds up, and waiting is bounded by slots and by the longest chain', async () => {
  const plan = await planWith({data: 10, net: 100, joined: 5});
  assert.deepEqual(estimate(plan, {slots: 1, gpus: 0}), {workMs: 415, waitMs: 415, unknown: 0});
  assert.deepEqual(estimate(plan, {slots: 2, gpus: 0}), {workMs: 415, waitMs: 207.5, unknown: 0});
  assert.deepEqual(estimate(plan, {slots: 100, gpus: 0}), {workMs: 415, waitMs: 115, unknown: 0});
});

test('instances that use a GPU if there is one wait for it, and the others for slots', async () => {
  const plan = await planWith({data: 10, net: 100, joined: 50});
  const onGpu = new Map(
    Array.from(plan, ([id, planned]) => {
      const resources = planned.instance.stage === 'net' ? {device: 1} : {};
      return [id, {...planned, instance: {...planned.instance, resources}}] as const;
    }),
  );
  assert.equal(estimate(onGpu, {slots: 1, gpus: 0}).waitMs, 460);
  assert.equal(estimate(onGpu, {slots: 1, gpus: 1}).waitMs, 400);
  assert.equal(estimate(onGpu, {slots: 1, gpus: 4}).waitMs, 160);
});

test('instances that never ran are counted separately, and duplicates not at all', async () => {
  const plan = await planWith({data: 10});
  assert.deepEqual(estimate(plan, {slots: 1, gpus: 0}), {workMs: 10, waitMs: 10, unknown: 5});
  assert.equal(plan.get('again' as InstanceId)?.sameAs, 'net[seed=0]');
});
