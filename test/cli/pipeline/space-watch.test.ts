import assert from 'node:assert/strict';
import {test} from 'node:test';
import {SpaceWatch} from '../../../src/cli/pipeline/space-watch.ts';
import {Estimator} from '../../../src/plan/estimator.ts';
import {planCosts} from '../../../src/plan/plan-costs.ts';
import {planGraph} from '../../../src/plan/plan-graph.ts';
import {loadCosts, registry} from '../../../stages/registry.ts';
import {loadChoice} from '../../support/rigs/run-in-process.ts';
import {TemporaryFolder} from '../../support/rigs/temporary-folder.ts';

/** A pipeline that downloads and standardises 70,000 images of 28 × 28 bytes. */
const text = `
stages:
  mnist: {uses: download, with: {dataset: mnist}}
  images: {uses: zca, inputs: {dataset: mnist.dataset}, with: {method: standardise}}
`;

test('a run is warned of a disk that has less free than it is expected to write', async () => {
  await using folder = await TemporaryFolder.create();
  const store = {root: folder.path};
  const {graph} = await loadChoice({files: {'p.yaml': text}, stageTypes: registry});
  let asked = 0;
  const told = async (free: number, events: readonly ('run-started' | 'started')[]) => {
    const lines: string[] = [];
    const watch = new SpaceWatch({
      estimate: async () => {
        asked++;
        const given = {graph, store, models: await loadCosts(), slots: 2, isOnGpu: () => false};
        return planCosts(planGraph(graph, store), new Estimator(given));
      },
      freeBytes: () => free,
      store: 'artifacts',
      tell: (line) => lines.push(line),
    });
    for (const kind of events) watch.onEvent({kind});
    await watch.close();
    return lines;
  };
  const images = 70_000 * 28 * 28;
  const [line, ...others] = await told(1.5 * images, ['run-started', 'started', 'started']);
  assert.match(
    line!,
    /^Warning: the disk of artifacts has 82 MB free, and this run is expected to write 1\d\d MB\.\n$/,
  );
  assert.deepEqual(others, []);
  assert.deepEqual(await told(2.5 * images, ['started']), []);
  assert.equal(asked, 2);
  // A run with nothing to do asks for no estimate.
  assert.deepEqual(await told(0, ['run-started']), []);
  assert.equal(asked, 2);
});
