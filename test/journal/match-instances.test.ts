import assert from 'node:assert/strict';
import {test} from 'node:test';
import {matchInstances} from '../../src/journal/match-instances.ts';
import {parseSelector, selectInstances} from '../../src/pipeline/graph/selector.ts';
import {loadTexts} from '../support/texts/load-text.ts';

const loaded = await loadTexts({
  'pipeline.yaml': `
stages:
  cell: {uses: ./cell.yaml, matrix: {ipc: [1, 10], seed: [5, 6]}, with: {count: "\${matrix.ipc}"}}
  cells: {uses: make, matrix: {ipc: [1, 10]}}
`,
  'cell.yaml': `
params: {count: 1}
stages:
  data: {uses: make, with: {count: "\${params.count}"}}
  net: {uses: make, matrix: {seed: {count: 2}, name: ["a/b", "c]d", plain]}}
`,
});
assert.ok(loaded.kind === 'ok');
const {graph} = loaded;

test('a selector means the same for the names of a run as for a pipeline', () => {
  const selectors = [
    'cell',
    'cells',
    'cells[ipc=1]',
    'cell[ipc=1]',
    'cell*[ipc=1]',
    '*',
    '*/n*[seed=1]',
    'c*ll/*t',
    'cell/net[ipc=1]',
    'cell/net[seed=1,ipc=10]',
    'cell[seed=5]/net[seed=0|1]',
    'cell[*]/net[name="c]d"|plain]',
    'cell/data[ipc=1|10,seed=*]',
    ...graph.instances.keys(),
  ];
  for (const text of selectors) {
    const parsed = parseSelector(text);
    assert.ok(parsed.kind === 'parsed', text);
    const selected = selectInstances(graph, [parsed.selector]);
    assert.ok(selected.kind === 'selected' && selected.instances.size > 0, text);
    assert.deepEqual(matchInstances(text, graph.instances.keys()), [...selected.instances], text);
  }
});

test('an unknown name and an invalid selector match nothing', () => {
  for (const text of ['cel', 'net', 'cell[ipc=2]', 'cell/net[seed=5]', 'cell[', '', 'cell.net']) {
    assert.deepEqual(matchInstances(text, graph.instances.keys()), [], text);
  }
});
