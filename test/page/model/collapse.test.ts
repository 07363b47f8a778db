import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {DrawnGraph} from '../../../src/journal/event.ts';
import {collapsed} from '../../../src/page/model/collapse.ts';
import {fanned} from '../../support/rigs/fanned-graph.ts';

const names = ({nodes}: DrawnGraph): readonly string[] => nodes.map(([name]) => name);

test('a stage with more than six instances becomes one node, with one edge where there were many', () => {
  const {instances, stages} = fanned({expert: 7, scores: 2});
  const graph = collapsed(instances, stages)!;
  assert.deepEqual(names(graph), ['data', 'expert', 'scores[n=0]', 'scores[n=1]', 'table']);
  assert.equal(new Map(graph.nodes).get('expert')!.count, 7);
  assert.deepEqual(graph.edges, [
    ['data', 'expert'],
    ['data', 'scores[n=0]'],
    ['data', 'scores[n=1]'],
    ['expert', 'table'],
    ['scores[n=0]', 'table'],
    ['scores[n=1]', 'table'],
  ]);
});

test('stages are not collapsed if all are narrow, or if that would remove no node', () => {
  for (const sizes of [{expert: 6, scores: 2}, {expert: 7}]) {
    const {instances, stages} = fanned(sizes);
    assert.equal(collapsed(instances, stages), undefined);
  }
});
