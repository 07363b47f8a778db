import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {InstanceGraph} from '../../../src/pipeline/graph/instance.ts';
import {parseSelector, selectInstances} from '../../../src/pipeline/graph/selector.ts';
import {graphOf} from '../../support/texts/load-text.ts';

const graph = await graphOf(`
stages:
  data: {uses: make}
  net:
    uses: train
    matrix: {model: [VGG11, ResNet18], seed: {count: 3}, name: ["a,b", plain]}
    inputs: {dataset: data.dataset}
    with: {model: "\${matrix.model}"}
`);

function select(graph: InstanceGraph, ...texts: readonly string[]): readonly string[] {
  const selectors = texts.map((text) => {
    const parsed = parseSelector(text);
    assert.ok(parsed.kind === 'parsed', text);
    return parsed.selector;
  });
  const selected = selectInstances(graph, selectors);
  assert.ok(selected.kind === 'selected');
  return [...selected.instances];
}

test('a stage name selects all of its instances', () => {
  assert.equal(select(graph, 'net').length, 12);
  assert.equal(select(graph, 'net[*]').length, 12);
  assert.deepEqual(select(graph, 'data'), ['data']);
});

test('`*` in the name of a stage stands for any characters, and what matches nothing is reported', () => {
  assert.equal(select(graph, '*').length, 13);
  assert.equal(select(graph, 'n*[seed=0]').length, 4);
  assert.deepEqual(select(graph, '*ata'), ['data']);
  assert.deepEqual(select(graph, 'd*t*a'), ['data']);
  for (const text of ['net*t', 'd*ataa', 'da*ta*ta', '*/net']) {
    const parsed = parseSelector(text);
    assert.ok(parsed.kind === 'parsed', text);
    const selected = selectInstances(graph, [parsed.selector]);
    assert.ok(selected.kind === 'invalid', text);
    assert.equal(selected.diagnostics[0]!.code, 'unknown-stage');
  }
  assert.equal(parseSelector('*.out').kind, 'invalid');
});

test('axes narrow the selection, and alternatives widen it', () => {
  assert.deepEqual(select(graph, 'net[ seed = 0|2 , model=VGG11, name="a,b" ]'), [
    'net[model=VGG11,seed=0,name="a,b"]',
    'net[model=VGG11,seed=2,name="a,b"]',
  ]);
  assert.equal(select(graph, 'net[seed=*,model=VGG11]').length, 6);
});

test('selectors add up, in the order of the graph', () => {
  assert.deepEqual(select(graph, 'net[seed=1,model=VGG11,name=plain]', 'data', 'data'), [
    'data',
    'net[model=VGG11,seed=1,name=plain]',
  ]);
});

test('every instance is selected by its own id', () => {
  for (const id of graph.instances.keys()) assert.deepEqual(select(graph, id), [id]);
});

test('an unknown stage is reported with the name that was probably meant', () => {
  const parsed = parseSelector('nett[seed=1]');
  assert.ok(parsed.kind === 'parsed');
  const selected = selectInstances(graph, [parsed.selector]);
  assert.ok(selected.kind === 'invalid');
  assert.equal(selected.diagnostics[0]!.code, 'unknown-stage');
  assert.equal(selected.diagnostics[0]!.suggestion, '`net`');
});

test('a value with bidirectional characters is shown with their numbers, and found by them', async () => {
  const turned = await graphOf(`
stages:
  s: {uses: make, matrix: {name: ["\\u202eab"]}, with: {}}
`);
  const [id] = turned.instances.keys();
  assert.equal(id, String.raw`s[name="\u202eab"]`);
  assert.deepEqual(select(turned, id), [id]);
  assert.deepEqual(select(turned, 's[name="\u202eab"]'), [id]);
});
