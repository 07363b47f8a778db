import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {InstanceId} from '../../src/pipeline/instance.ts';
import {estimate} from '../../src/plan/estimate.ts';
import {planGraph, type Plan, type Planned} from '../../src/plan/plan-graph.ts';
import {graphOf} from '../support/load-text.ts';
import {TemporaryFolder} from '../support/temporary-folder.ts';

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
  assert.deepEqual(estimate(plan, 1), {workMs: 415, waitMs: 415, unknown: 0});
  assert.deepEqual(estimate(plan, 2), {workMs: 415, waitMs: 207.5, unknown: 0});
  assert.deepEqual(estimate(plan, 100), {workMs: 415, waitMs: 115, unknown: 0});
});

test('what never ran is counted apart, and what another computes not at all', async () => {
  const plan = await planWith({data: 10});
  assert.deepEqual(estimate(plan, 1), {workMs: 10, waitMs: 10, unknown: 5});
  assert.equal(plan.get('again' as InstanceId)?.sameAs, 'net[seed=0]');
});
