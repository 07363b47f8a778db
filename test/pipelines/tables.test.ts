import assert from 'node:assert/strict';
import {readFile, readdir} from 'node:fs/promises';
import path from 'node:path';
import {test} from 'node:test';
import {parsePublishedScores} from '../../src/learning/scores/published-scores.ts';
import type {Instance, InstanceGraph} from '../../src/pipeline/graph/instance.ts';
import {loadPipeline} from '../../src/pipeline/load-pipeline.ts';
import {firstOfDuplicates} from '../../src/pipeline/graph/duplicates.ts';
import {registry} from '../../stages/registry.ts';
import {repositoryFile} from '../support/texts/repository.ts';

const folder = repositoryFile('pipelines/tables');
const names = (await readdir(folder)).sort();
const tables = names.filter((name) => name.endsWith('.yaml'));

async function graphOf(name: string, ...set: readonly string[]): Promise<InstanceGraph> {
  const loaded = await loadPipeline({file: path.join(folder, name), registry, set});
  assert.ok(loaded.kind === 'ok', JSON.stringify(loaded));
  assert.deepEqual(loaded.warnings, []);
  return loaded.graph;
}

function ofType({instances}: InstanceGraph, type: string): readonly Instance[] {
  return [...instances.values()].filter((instance) => instance.type.contract.type === type);
}

/** Counts the instances whose result no earlier instance computes. */
function distinct(graph: InstanceGraph, type: string): number {
  const firstOf = firstOfDuplicates(graph);
  return ofType(graph, type).filter(({id}) => firstOf.get(id) === id).length;
}

/** The instances that one of them is made from, and itself. */
function neededFor({instances}: InstanceGraph, made: string): ReadonlySet<string> {
  const needed = new Set([made]);
  for (const instance of [...instances.values()].toReversed()) {
    if (!needed.has(instance.id)) continue;
    for (const {instance: id} of Object.values(instance.inputs).flat()) needed.add(id);
  }
  return needed;
}

test('there is a table for each of the paper’s, and three for a processor', () => {
  assert.deepEqual(
    tables.map((name) => path.parse(name).name),
    [
      'ablations',
      'cross-architecture',
      'digits',
      'imagenet-subsets',
      'labels-or-schedule',
      'methods-on-a-cpu',
      'on-a-cpu',
      'table1',
    ],
  );
});

for (const name of tables) {
  test(`${name} ends in one table, which has all that was scored in its cells`, async () => {
    const graph = await graphOf(name);
    const table = graph.instances.get('table' as Instance['id'])!;
    const needed = neededFor(graph, 'table');
    assert.equal(table.type.contract.type, 'table');
    // Presets also have a small table of their own, and controls where there is no published table to compare with.
    const left = [...graph.instances.keys()].filter((id) => !needed.has(id));
    const beside = left.filter(
      (id) => !/\/(table|(control|random)(-scores)?(\[.*\])?|(start-)?scores\[.*\])$/.test(id),
    );
    assert.deepEqual(beside, []);
  });
}

test('Table 1 has nine cells whose experts are shared wherever they can be', async () => {
  const graph = await graphOf('table1.yaml');
  const cells = [...graph.instances.keys()].filter((id) => id.startsWith('table1['));
  assert.equal(cells.length, 9);
  // MTT and TESLA share theirs: CIFAR-10, CIFAR-100 with and without whitening, and Tiny ImageNet. DATM has 100 for each
  // data set, FTD 100 for each of its cells.
  assert.equal(ofType(graph, 'train-expert').length, 2 * 900 + 900 + 200);
  assert.equal(distinct(graph, 'train-expert'), 400 + 300 + 200);
  assert.equal(distinct(graph, 'download'), 3);
  assert.equal(distinct(graph, 'zca'), 6);
  assert.equal(distinct(graph, 'distill'), 3 * 9 + 2);
  // Five sets for each of six cells.
  assert.equal(distinct(graph, 'match-gradients'), 2 * 5 * 6);
  assert.equal(distinct(graph, 'match-distributions'), 5 * 6);
});

test('ablations share data, whitening and experts, and change one thing each', async () => {
  const graph = await graphOf('ablations.yaml');
  assert.deepEqual(
    ['download', 'zca', 'train-expert', 'distill'].map((type) => distinct(graph, type)),
    [1, 1, 100, 20],
  );
  const [preset, ...others] = ofType(graph, 'distill');
  const changes = others.map(({id, params}) => {
    const set = /set="?([^"\]]*)/.exec(id)![1]!;
    const changed = Object.keys(params).filter((key) => params[key] !== preset!.params[key]);
    const own = changed.filter((key) => !['sampling', 'snapshots'].includes(key));
    return [set, ...own.map((key) => `${key}=${params[key] as string}`)].join(' ');
  });
  assert.deepEqual(changes, [
    ...[10, 20, 30, 40].map((n) => `N = ${n} steps=${n}`),
    ...[1, 3, 4].map((n) => `M = ${n} expertEpochs=${n}`),
    ...[1, 5, 10, 20].map((n) => `T⁺ = ${n} maxStartEpoch=${n}`),
    // The next three differ only in the buffers that they use.
    '1 expert',
    '10 experts',
    '50 experts',
    'match logits match=logits',
    'match softmax match=softmax',
    'start from noise init=noise',
    'fixed step size stepSizeRate=0',
    'truncated gradient gradient=truncated',
  ]);
  const counts = ofType(graph, 'shard-buffers').map(({inputs}) => inputs['experts']!.length);
  assert.deepEqual(counts.slice(12, 15), [1, 10, 50]);
  for (const {params} of ofType(graph, 'distill')) {
    const read = Number(params['maxStartEpoch']) - 1 + Number(params['expertEpochs']);
    assert.ok(read <= 21, `${read} epochs are read`);
  }
});

test('labels and schedule of DATM are changed one at a time, from the same images', async () => {
  const graph = await graphOf('labels-or-schedule.yaml');
  const rows = ofType(graph, 'distill').filter(({params}) => params['seed'] === 0);
  const told = rows.map(({params, inputs}) => {
    const {growth, labelRate} = params as {growth: {from: number}; labelRate: number};
    return [growth.from, labelRate, inputs['start']![0]!.instance];
  });
  assert.deepEqual(told, [
    [20, 0, 'known[seed=0]'],
    [20, 2, 'known-labelled[seed=0]'],
    [10, 0, 'known[seed=0]'],
    [10, 2, 'known-labelled[seed=0]'],
  ]);
  const rest = rows.map(({params}) => JSON.stringify({...params, growth: 0, labelRate: 0}));
  assert.equal(new Set(rest).size, 1);
});

test('other networks are evaluated on the sets that Table 1 distils', async () => {
  const [one, other] = await Promise.all([
    graphOf('table1.yaml'),
    graphOf('cross-architecture.yaml'),
  ]);
  for (const type of ['download', 'zca', 'train-expert', 'distill']) {
    const known = new Set(ofType(one, type).map(({params}) => JSON.stringify(params)));
    const own = ofType(other, type).filter(({params}) => !known.has(JSON.stringify(params)));
    assert.deepEqual(own, [], type);
  }
});

for (const name of names.filter((file) => file.endsWith('.csv'))) {
  test(`every published value of ${name} has a cell, a source and a plausible spread`, async () => {
    const graph = await graphOf(name.replace('.csv', '.yaml'));
    const published = parsePublishedScores(await readFile(path.join(folder, name), 'utf8'), name);
    const {expect} = graph.instances.get('table' as Instance['id'])!.params as {
      readonly expect: Readonly<Record<string, readonly unknown[]>>;
    };
    const models = new Set(ofType(graph, 'evaluate').map(({params}) => params['model']));
    for (const score of published) {
      for (const [axis, values] of Object.entries(expect)) {
        assert.ok(values.includes(score[axis as 'set']), `${axis} of ${JSON.stringify(score)}`);
      }
      assert.ok(models.has(score.model), score.model);
      assert.notEqual(score.source, '');
      // An accuracy of ten random images depends on which they are.
      const most = score.set.endsWith('random') ? 0.1 : 0.04;
      assert.ok(score.deviation! > 0 && score.deviation! < most, JSON.stringify(score));
    }
  });
}

test('in small, every table of the paper is few enough instances for a processor', async () => {
  const most = {
    ablations: 110,
    'cross-architecture': 50,
    'imagenet-subsets': 250,
    'labels-or-schedule': 25,
    table1: 70,
  };
  for (const [name, count] of Object.entries(most)) {
    const graph = await graphOf(`${name}.yaml`, 'scale=smoke');
    const {size} = neededFor(graph, 'table');
    assert.ok(size <= count, `${name}: ${size}`);
  }
});

test('the table of methods for a processor compares each under the same recipe, on as many images', async () => {
  const graph = await graphOf('methods-on-a-cpu.yaml');
  const scores = ofType(graph, 'evaluate');
  const sets = scores.map(({params}) => params['set']);
  assert.equal(new Set(sets).size, 12);
  const recipes = new Set(scores.map(({params}) => JSON.stringify({...params, set: ''})));
  assert.equal(recipes.size, 1);
  const judged = scores.flatMap(({inputs}) => inputs['synthetic']!.map(({instance}) => instance));
  assert.equal(new Set(scores.map(({inputs}) => JSON.stringify(inputs['synthetic']))).size, 12);
  for (const id of judged)
    assert.ok([1, undefined].includes(graph.instances.get(id)!.params['ipc'] as number), id);
});
