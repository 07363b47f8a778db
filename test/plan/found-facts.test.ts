import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {mkdir, rm, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {test} from 'node:test';
import {pathToFileURL} from 'node:url';
import {loadPipeline} from '../../src/pipeline/load-pipeline.ts';
import {Estimator} from '../../src/plan/estimator.ts';
import {findFacts} from '../../src/plan/found-facts.ts';
import {costs} from '../../stages/costs.ts';
import {registry} from '../../stages/registry.ts';
import {pngOf} from '../support/data/small-archives.ts';
import {TemporaryFolder} from '../support/rigs/temporary-folder.ts';

test('pictures of the user are counted before an estimate, and what is not there is left to the run', async () => {
  await using folder = await TemporaryFolder.create();
  const pets = folder.file('pets');
  for (let i = 0; i < 12; i++) {
    const file = path.join(pets, i % 2 ? 'bee' : 'ant', `${i}.png`);
    await mkdir(path.dirname(file), {recursive: true});
    await writeFile(file, pngOf(40, 30, i));
  }
  await writeFile(
    folder.file('p.yaml'),
    `
stages:
  pets:
    uses: download
    with: {dataset: images, name: pets, source: '${pathToFileURL(pets).href}', resolution: 16, testShare: 0.25, heldOut: 2}
  normal: {uses: zca, inputs: {dataset: pets.dataset}, with: {method: standardise}}
  expert:
    uses: train-expert
    inputs: {dataset: normal.dataset}
    with: {model: ConvNetD1W8, epochs: 2}
`,
  );
  const loaded = await loadPipeline({file: folder.file('p.yaml'), registry});
  assert.ok(loaded.kind === 'ok', JSON.stringify(loaded));
  const {graph} = loaded;
  const found = await findFacts(graph, costs);
  const data = {
    dataset: 'pets',
    transform: 'raw',
    images: 6,
    testImages: 4,
    heldOut: 2,
    side: 16,
    channels: 3,
    classes: 2,
  };
  assert.deepEqual(Object.fromEntries(found), {pets: {data, pixels: 12 * 40 * 30}});
  const given = {graph, store: {root: folder.file('none')}, models: costs, slots: 1};
  const isKnown = (more: Partial<typeof given & {found: typeof found}>): readonly boolean[] => {
    const estimator = new Estimator({...given, ...more, isOnGpu: () => false});
    return [...graph.instances.values()].map((one) => estimator.expected(one) !== undefined);
  };
  assert.deepEqual(isKnown({found}), [true, true, true]);
  assert.deepEqual(isKnown({}), [false, false, false]);

  await rm(pets, {recursive: true});
  assert.deepEqual(await findFacts(graph, costs), new Map());
  // A pipe is not waited for.
  assert.equal(spawnSync('mkfifo', [pets]).status, 0);
  assert.deepEqual(await findFacts(graph, costs), new Map());
});
