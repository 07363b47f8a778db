import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {CostModels} from '../../../src/contract/cost.ts';
import type {Instance, InstanceGraph, InstanceId} from '../../../src/pipeline/graph/instance.ts';
import {Estimator} from '../../../src/plan/estimator.ts';
import {History} from '../../../src/plan/history.ts';
import {Forecast} from '../../../src/schedule/estimates/forecast.ts';
import type {Task} from '../../../src/schedule/run-queue.ts';
import type {Key} from '../../../src/store/records/record.ts';
import {loadChoice} from '../../support/rigs/run-in-process.ts';

/** A cost model in which `say` takes a second per letter, spread over all slots. */
const models: CostModels = {
  of: new Map([
    ['say', ({text}) => ({gpuSeconds: 0, work: {letters: (text as string).length}, bytes: 0})],
  ]),
  source: 'hand',
  caveat: 'hands differ',
  gpu: 'a slate',
  usualSpeeds: {letters: 1},
  shared: ['letters'],
};

const store = {root: '/nowhere'};

async function forecastOf(pipeline: string) {
  const {graph} = await loadChoice({files: {'p.yaml': pipeline}});
  const forecast = new Forecast(graph, new History(store));
  const setup = {graph, store, models, slots: 4, isOnGpu: () => false};
  const estimator = new Estimator(setup);
  const task = (id: string): Task => taskOf(graph, id);
  const left = (open: Parameters<Forecast['remaining']>[0]['open'] = []) =>
    forecast.remaining({slots: 1, open});
  return {forecast, setup, estimator, task, left};
}

function taskOf(graph: InstanceGraph, id: string): Task {
  const instance = graph.instances.get(id as InstanceId)!;
  const {type, version} = instance.type.contract;
  const fingerprint = {type, version, params: instance.params, inputs: {}, environment: {}};
  return {instance, key: id as Key, fingerprint, reasons: []};
}

test('what never ran is estimated, and what finishes corrects the estimates of its kind', async () => {
  const {forecast, estimator, task, left} = await forecastOf(`
stages:
  a: {uses: say, matrix: {text: [x, xxx, xxxx]}, with: {text: "\${matrix.text}"}}
  b: {uses: say, with: {text: xxxxxxxxxx}}
  size: {uses: measure, inputs: {of: b.out}}
`);
  assert.deepEqual(left(), {remainingMs: 0, unknown: 5});
  forecast.inform(estimator);
  assert.deepEqual(left(), {remainingMs: 18_000, unknown: 1});
  assert.equal(forecast.expectedMs(task('b')), 10_000);
  assert.equal(forecast.expectedMs(task('b'), true), Math.round(10_000 / 4 ** 0.85));
  // A running instance counts with its remaining fraction: here half of 10 s.
  const id = 'b' as InstanceId;
  assert.equal(left([{id, elapsedMs: 1000, expectedMs: 2000}]).remainingMs, 13_000);

  const first = task('a[text=xxx]');
  forecast.learn(first, 6000);
  forecast.count(first.instance, -1);
  // The instance took twice as long as estimated, so all remaining estimates are doubled.
  assert.deepEqual(left(), {remainingMs: 2 * 15_000, unknown: 1});
  assert.equal(forecast.expectedMs(task('b')), 20_000);
  forecast.count(first.instance, 1);
  assert.equal(left().remainingMs, 2 * 18_000);
});

test('for a stage with many instances, a sample is estimated and stands for all', async () => {
  const {forecast, setup, task, left} = await forecastOf(
    'stages: {a: {uses: say, matrix: {n: {count: 1000}}, with: {text: "t${matrix.n}"}}}\n',
  );
  let asked = 0;
  const counting = new (class extends Estimator {
    override expected(instance: Instance) {
      asked++;
      return super.expected(instance);
    }
  })(setup);
  forecast.inform(counting);
  assert.ok(asked <= 64, `${asked}`);
  // Most instances say 1 + 3 letters.
  const {remainingMs} = left();
  assert.ok(remainingMs > 3_800_000 && remainingMs < 4_000_000, `${remainingMs}`);
  const {instance} = task('a[n=7]');
  forecast.count(instance, -1);
  assert.equal(left().remainingMs, Math.round((remainingMs / 1000) * 999));
});
