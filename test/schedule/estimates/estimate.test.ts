import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {InstanceId} from '../../../src/pipeline/graph/instance.ts';
import type {Machine} from '../../../src/schedule/device-request.ts';
import {estimate, type Estimate} from '../../../src/schedule/estimates/estimate.ts';
import {planGraph, type Plan, type Planned} from '../../../src/plan/plan-graph.ts';
import {graphOf} from '../../support/texts/load-text.ts';
import {TemporaryFolder} from '../../support/rigs/temporary-folder.ts';

interface Rehearsed {
  readonly plan: Plan;
  readonly on: (machine: Machine, plan?: Plan) => Estimate;
}

/** Plans a pipeline without stored results, with these expected durations. */
async function planWith(expectedMs: Readonly<Record<string, number>>): Promise<Rehearsed> {
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
      if (known === undefined) return [id, planned];
      const expected = {ms: known, aloneMs: known / 2, basis: 'results', isScaled: false} as const;
      return [id, {...planned, expected}];
    },
  );
  const planned = new Map(entries);
  return {plan: planned, on: (machine, plan = planned) => estimate(graph, plan, machine)};
}

test('work adds up, and waiting is that of a run: an instance that runs alone has all slots', async () => {
  const {on} = await planWith({data: 10, net: 100, joined: 6});
  // `data` and `joined` run alone, which halves their time.
  assert.deepEqual(on({slots: 1, gpus: 0}), {workMs: 416, waitMs: 5 + 400 + 3 - 50});
  assert.deepEqual(on({slots: 2, gpus: 0}), {workMs: 416, waitMs: 5 + 200 + 3});
  assert.deepEqual(on({slots: 3, gpus: 0}), {workMs: 416, waitMs: 5 + 200 + 3});
  assert.deepEqual(on({slots: 100, gpus: 0}), {workMs: 416, waitMs: 5 + 100 + 3});
});

test('instances that use a GPU if there is one wait for it, and the others for slots', async () => {
  const {plan, on} = await planWith({data: 10, net: 100, joined: 50});
  const onGpu = new Map(
    Array.from(plan, ([id, planned]) => {
      const resources = planned.instance.stage === 'net' ? {device: 1} : {};
      return [id, {...planned, instance: {...planned.instance, resources}}] as const;
    }),
  );
  assert.equal(on({slots: 1, gpus: 1}, onGpu).waitMs, 5 + 400 + 25);
  assert.equal(on({slots: 1, gpus: 4}, onGpu).waitMs, 5 + 100 + 25);
});

test('instances that need memory wait for it, and one alone starts although it needs more than there is', async () => {
  const {plan, on} = await planWith({data: 10, net: 100, joined: 50});
  const needing = (memoryBytes: number): Plan =>
    new Map(
      Array.from(plan, ([id, planned]) => {
        const resources = planned.instance.stage === 'net' ? {memoryBytes} : {};
        return [id, {...planned, instance: {...planned.instance, resources}}] as const;
      }),
    );
  const machine = {slots: 4, gpus: 0, memoryBytes: 10};
  assert.equal(on(machine, needing(5)).waitMs, 5 + 200 + 25);
  assert.equal(on(machine, needing(11)).waitMs, 5 + 400 - 50 + 25);
});

test('instances without an estimate count as 0, and duplicates add nothing', async () => {
  const {plan, on} = await planWith({data: 10});
  assert.deepEqual(on({slots: 1, gpus: 0}), {workMs: 10, waitMs: 5});
  assert.equal(plan.get('again' as InstanceId)?.sameAs, 'net[seed=0]');
});

test('of a hundred thousand instances with one key one counts', async () => {
  const graph = await graphOf(`
stages:
  data: {uses: make}
  net: {uses: train, matrix: {seed: {count: 100000}}, inputs: {dataset: data.dataset}, with: {model: VGG11}}
  joined: {uses: join, inputs: {trajectories: "net.trajectory[*]"}}
`);
  const expected = {ms: 100, aloneMs: 50, basis: 'results', isScaled: false} as const;
  const first = 'net[seed=0]' as InstanceId;
  const plan = new Map(
    Array.from(graph.instances, ([id, instance]): [InstanceId, Planned] => {
      const verdict = {kind: 'run', reasons: [{kind: 'never-run'}]} as const;
      const isShared = instance.stage === 'net' && id !== first;
      return [id, {instance, verdict, ...(isShared ? {sameAs: first} : {expected})}];
    }),
  );
  assert.deepEqual(estimate(graph, plan, {slots: 1, gpus: 0}), {workMs: 300, waitMs: 150});
});
