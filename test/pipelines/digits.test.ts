import assert from 'node:assert/strict';
import {readFile} from 'node:fs/promises';
import {test} from 'node:test';
import {groupBy} from '../../src/base/group-by.ts';
import {parsePublishedScores} from '../../src/learning/scores/published-scores.ts';
import type {Instance} from '../../src/pipeline/graph/instance.ts';
import {loadPipeline} from '../../src/pipeline/load-pipeline.ts';
import {blobPath} from '../../src/store/layout.ts';
import {registry as stageTypes} from '../../stages/registry.ts';
import {runInProcess} from '../support/rigs/run-in-process.ts';
import {TemporaryFolder} from '../support/rigs/temporary-folder.ts';
import {registry as tinyTypes} from '../support/registries/learning-registry.ts';
import {repositoryFile} from '../support/texts/repository.ts';

const table = repositoryFile('pipelines/tables/digits.yaml');

async function instances(): Promise<readonly Instance[]> {
  const set = ['recipes=[S, M, L, M10]'];
  const loaded = await loadPipeline({file: table, registry: stageTypes, set});
  assert.ok(loaded.kind === 'ok', JSON.stringify(loaded));
  return [...loaded.graph.instances.values()];
}

test('no two experts of a recipe begin alike, and each distillation follows its own, of other digits', async () => {
  const experts = (await instances()).filter(({type}) => type.contract.type === 'train-expert');
  const byPlace = groupBy(experts, ({id}) => id.replace(/\/.*/, ''));
  for (const [recipe, count] of Object.entries({S: 8, M: 8, L: 16, M10: 8})) {
    const own = [...byPlace].filter(([place]) => place.includes(`recipe=${recipe},`));
    assert.equal(own.length, 3);
    const more = recipe === 'S' ? [...byPlace].filter(([place]) => place.startsWith('more')) : [];
    const all = [...own, ...more].map(([, group]) => group);
    const seeds = all.flat().map(({params}) => params['seed']);
    assert.equal(seeds.length, count * all.length);
    assert.equal(new Set(seeds).size, seeds.length);
    const orders = all.map((group) => new Set(group.map(({params}) => params['orderSeed'])));
    assert.deepEqual(
      orders.map((order) => [...order]),
      all.map((_, seed) => [seed]),
    );
  }
});

test('every number of the official program is beside one of ours', async () => {
  const file = table.replace('.yaml', '.csv');
  const published = parsePublishedScores(await readFile(file, 'utf8'), file);
  const judged = (await instances()).filter(({type}) => type.contract.type === 'evaluate');
  const placeOf = (...names: readonly unknown[]): string => JSON.stringify(names);
  const places = new Set(judged.map(({params}) => placeOf(params['set'], params['model'])));
  assert.ok(published.length > 0);
  for (const {set, model} of published) assert.ok(places.has(placeOf(set, model)), set + model);
});

/** A pipeline with tiny images, which are normalised already, and budgets that take moments. */
async function shrunk(name: string, changes: Readonly<Record<string, string>>): Promise<string> {
  let small = await readFile(repositoryFile(`pipelines/${name}`), 'utf8');
  for (const [from, to] of Object.entries(changes)) {
    assert.ok(small.includes(from), from);
    small = small.replaceAll(from, to);
  }
  return small;
}

test('the table knows the distillations of a recipe, and the draws that they are compared with', async () => {
  await using folder = await TemporaryFolder.create();
  const whole = await shrunk('tables/digits.yaml', {
    'recipes: [S, M, L]': 'recipes: [S]',
    ConvNetD2W8: 'ConvNetD1W8',
    '      published: ./digits.csv\n': '',
  });
  const files = {
    // One expert for each distillation.
    'tables/digits.yaml': whole.replaceAll(/('\d': \[\d+),[^\]]*\]/g, '$1]'),
    'digits.yaml': await shrunk('digits.yaml', {
      '  mnist: {uses: download, with: {dataset: mnist}}\n': '',
      '{uses: zca, inputs: {dataset: mnist.dataset}, with: {method: standardise}}':
        '{uses: tiny-images}',
      '      transform: normalised.transform\n': '',
      ', transform: normalised.transform': '',
      ConvNetD2W8: 'ConvNetD1W8',
      ', MLP, LeNet, ConvNetD3]': ']',
      'images: 1000 #': 'images: 10 #',
      'testImages: 1000': 'testImages: 5',
      'iterations: 100 #': 'iterations: 1 #',
      'batch: 10 #': 'batch: 2 #',
      'ConvNetD1W8: 5': 'ConvNetD1W8: 2',
      'epochs: 300': 'epochs: 1',
    }),
  };
  const store = folder.path;
  const {events, outcome} = await runInProcess({files, store, stageTypes: tinyTypes});
  assert.equal(outcome, 'ok', JSON.stringify(events.at(-1)));
  const [digest] = events.flatMap((event) =>
    event.kind === 'finished' && String(event.instance) === 'table'
      ? [event.record.outputs['markdown']!.artifacts[0]!.digest]
      : [],
  );
  const markdown = await readFile(blobPath({root: store}, digest!), 'utf8');
  for (const set of ['S distilled', 'S random']) {
    const cell = String.raw`\S+ ± \S+ \(12, 6 sets\) \[\S+, \S+\]`;
    assert.match(
      markdown,
      new RegExp(`^\\| 1 +\\| ${set} +\\| ConvNetD1W8 \\| +${cell} \\|$`, 'm'),
    );
  }
});
