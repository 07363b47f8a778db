import assert from 'node:assert/strict';
import {test} from 'node:test';
import {SpaceWatch} from '../../../src/cli/pipeline/space-watch.ts';
import {Estimator} from '../../../src/plan/estimator.ts';
import type {InstanceId} from '../../../src/pipeline/graph/instance.ts';
import {loadCosts, registry} from '../../../stages/registry.ts';
import {loadChoice} from '../../support/rigs/run-in-process.ts';
import {begun, keyOf, toldAt} from '../../support/rigs/told-run.ts';
import type {RunEventBody} from '../../../src/journal/event.ts';

const id = (name: string): InstanceId => name as InstanceId;

/** A pipeline that downloads and standardises 70,000 images of 28 × 28 bytes. */
const text = `
stages:
  mnist: {uses: download, with: {dataset: mnist}}
  images: {uses: zca, inputs: {dataset: mnist.dataset}, with: {method: standardise}}
`;

const hit = (instance: string): RunEventBody => {
  return {kind: 'hit', instance: id(instance), key: keyOf(instance), savedMs: 0};
};
const begin: RunEventBody = {kind: 'waiting', instance: id('mnist'), key: keyOf(''), pid: 1};

test('a run is warned of a disk that has less free than it is expected to write', async () => {
  const store = {root: '/nowhere'};
  const {graph} = await loadChoice({files: {'p.yaml': text}, stageTypes: registry});
  let asked = 0;
  const told = async (free: number, events: readonly RunEventBody[], models = loadCosts) => {
    const lines: string[] = [];
    const watch = new SpaceWatch({
      graph,
      loadEstimator: async () => {
        asked++;
        const given = {graph, store, models: await models(), slots: 2, isOnGpu: () => false};
        return new Estimator(given);
      },
      freeBytes: () => free,
      store: 'artifacts',
      tell: (line) => lines.push(line),
    });
    for (const event of toldAt(...events.map((body) => [0, body] as const))) watch.onEvent(event);
    await watch.close();
    return lines;
  };
  const images = 70_000 * 28 * 28;
  const [line, ...others] = await told(1.5 * images, [begin, begun('mnist'), begun('images')]);
  assert.match(
    line!,
    /^Warning: the disk of artifacts has 82 MB free, and this run is expected to write 1\d\d MB\.\n$/,
  );
  assert.deepEqual(others, []);
  assert.deepEqual(await told(2.5 * images, [begun('mnist')]), []);
  assert.equal(asked, 2);
  // A run with nothing to do asks for no estimate.
  assert.deepEqual(await told(0, [hit('mnist'), hit('images')]), []);
  assert.equal(asked, 2);
  // What is stored takes no further space.
  assert.deepEqual(await told(1.5 * images, [hit('mnist'), begun('images')]), []);
  assert.match((await told(0, [hit('mnist'), begun('images')]))[0]!, /to write 5\d MB\.\n$/);
  // An estimate that fails warns of nothing, and ends nothing.
  const broken = (): Promise<never> => Promise.reject(new TypeError('no models'));
  assert.deepEqual(await told(0, [begun('mnist')], broken), []);
});
