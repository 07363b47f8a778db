import assert from 'node:assert/strict';
import {test} from 'node:test';
import * as fc from 'fast-check';
import {
  chooseInstances,
  parseWishes,
  type Choice,
  type Wishes,
} from '../../../src/pipeline/graph/choose-instances.ts';
import type {InstanceGraph} from '../../../src/pipeline/graph/instance.ts';
import {graphOf, loadTexts} from '../../support/texts/load-text.ts';

const chain = await graphOf(`
stages:
  data: {uses: make}
  net:
    uses: train
    matrix: {seed: {count: 3}}
    inputs: {dataset: data.dataset}
    with: {model: VGG11}
  joined: {uses: join, inputs: {trajectories: "net.trajectory[*]"}}
  scores: {uses: table, inputs: {scores: "net.scores[seed=0]", buffers: joined.buffers}}
  other: {uses: make, with: {name: other}}
`);

function choose(graph: InstanceGraph, wishes: Partial<Wishes>): Choice {
  const parsed = parseWishes({select: [], until: [], force: [], ...wishes});
  assert.deepEqual(parsed.diagnostics, []);
  const chosen = chooseInstances(graph, parsed.wishes);
  assert.ok(chosen.kind === 'chosen');
  return chosen.choice;
}

function names(choice: Choice): readonly string[] {
  return [...choice.graph.instances.keys()].map(String);
}

test('without selectors everything is chosen', () => {
  const {graph, selected, forced} = choose(chain, {});
  assert.equal(graph, chain);
  assert.equal(selected.size, chain.instances.size);
  assert.equal(forced.size, 0);
});

test('selected instances come with everything they need, and nothing else', () => {
  const choice = choose(chain, {select: ['net[seed=1]', 'other']});
  assert.deepEqual(names(choice), ['data', 'other', 'net[seed=1]']);
  assert.deepEqual([...choice.selected].map(String), ['other', 'net[seed=1]']);
});

test('--until leaves out the instances downstream, except those that a selected one needs', () => {
  assert.deepEqual(names(choose(chain, {until: ['net[seed=1]']})), [
    'data',
    'other',
    'net[seed=0]',
    'net[seed=1]',
    'net[seed=2]',
  ]);
  assert.deepEqual(
    names(choose(chain, {until: ['data', 'joined']})),
    names(choose(chain, {until: ['joined']})).filter((name) => name !== 'scores'),
  );
});

test('selectors and --until compose', () => {
  assert.deepEqual(names(choose(chain, {select: ['scores'], until: ['net[seed=0|1]']})), [
    'data',
    'net[seed=0]',
    'net[seed=1]',
    'net[seed=2]',
  ]);
});

test('an upstream instance can be forced, but only within the selection', () => {
  const {forced} = choose(chain, {select: ['net[seed=2]'], force: ['net', 'data']});
  assert.deepEqual([...forced].map(String), ['data', 'net[seed=2]']);
});

const nested = await loadTexts({
  'pipeline.yaml': `
stages:
  cell:
    uses: ./cell.yaml
    matrix: {ipc: [1, 10], seed: [5, 6]}
    with: {count: "\${matrix.ipc}"}
  single: {uses: ./cell.yaml}
`,
  'cell.yaml': `
params: {count: 1}
stages:
  data: {uses: make, with: {count: "\${params.count}"}}
  net:
    uses: train
    matrix: {seed: {count: 2}, name: [a/b, "c]d", 'e"f', " g", "1", ""]}
    inputs: {dataset: data.dataset}
    with: {model: VGG11}
`,
});
assert.ok(nested.kind === 'ok');
const cells = nested.graph;

test('the axes of each step are those of its stage, or of one it is nested in', () => {
  const count = (selector: string): number => choose(cells, {select: [selector]}).selected.size;
  assert.equal(count('cell'), 4 * 13);
  assert.equal(count('cell[ipc=1]'), 2 * 13);
  assert.equal(count('cell[ipc=1]/net'), 2 * 12);
  assert.equal(count('cell/net[ipc=1]'), 2 * 12);
  assert.equal(count('cell[seed=5]/net[seed=0]'), 2 * 6);
  assert.equal(count('cell[ipc=10,seed=5]/data'), 1);
  assert.equal(count('cell[*]/net[*]'), 4 * 12);
  assert.equal(count('single/net[seed=0|1,name=a/b]'), 2);
});

test('every instance is selected by its own id and by nothing less', () => {
  for (const id of cells.instances.keys()) {
    assert.deepEqual([...choose(cells, {select: [id]}).selected], [id]);
  }
});

test('whatever an axis holds, every instance is selected by its own id', async () => {
  const value = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constantFrom('a=b', '*', '|'));
  const axis = fc.uniqueArray(value, {minLength: 1, maxLength: 3, selector: String});
  await fc.assert(
    fc.asyncProperty(axis, axis, async (outer, inner) => {
      const matrix = (values: readonly unknown[]): string => `{x: ${JSON.stringify(values)}}`;
      const loaded = await loadTexts({
        'pipeline.yaml': `stages: {cell: {uses: ./cell.yaml, matrix: ${matrix(outer)}}}`,
        'cell.yaml': `stages: {data: {uses: make, matrix: ${matrix(inner)}}}`,
      });
      assert.ok(loaded.kind === 'ok', JSON.stringify(loaded));
      assert.equal(loaded.graph.instances.size, outer.length * inner.length);
      for (const id of loaded.graph.instances.keys()) {
        assert.deepEqual([...choose(loaded.graph, {select: [id]}).selected], [id]);
      }
    }),
  );
});
