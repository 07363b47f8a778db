import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {TextPart} from '../../../../src/page/model/parts.ts';
import {comparedTables} from '../../../../src/page/model/runs/compared-tables.ts';

function textOf(title: string, head: readonly string[], ...rows: readonly string[][]): TextPart {
  const isRight = head.map((_, column) => column > 0);
  return {title, blocks: [{kind: 'table', head, isRight, rows}], sources: []};
}

test('rows of one name are below each other, with differences from the first run and what is equal once', () => {
  const [table, ...others] = comparedTables([
    [textOf('table', ['model', 'ours'], ['MLP', '73.8 ± 0.2 (3)'], ['LeNet', '76 %'])],
    [textOf('table', ['model', 'ours'], ['MLP', '70.25 ± 0.6 (2)'], ['LeNet', '76 %'])],
    [textOf('table', ['model', 'ours', 'real'], ['MLP', '73.8 ± 1 (3)', '40'])],
  ]);
  assert.deepEqual(others, []);
  assert.deepEqual(table!.head, ['model', 'ours', 'real']);
  assert.deepEqual(
    table!.rows.map(({name, lines}) => [name, lines.map(({of, cells}) => [of.label, cells])]),
    [
      [
        'MLP',
        [
          ['A', [{text: '73.8 ± 0.2 (3)'}, {text: '–'}]],
          ['B', [{text: '70.25 ± 0.6 (2)', difference: '−3.55'}, {text: '–'}]],
          ['C', [{text: '73.8 ± 1 (3)', difference: '±0.0'}, {text: '40'}]],
        ],
      ],
      ['LeNet', [['A, B', [{text: '76 %'}, {text: '–'}]]]],
    ],
  );
});

test('rows are told apart by all their texts, in any order, and texts have no differences', () => {
  const sweep = (...rows: readonly string[][]): TextPart => ({
    title: 'leaderboard',
    blocks: [{kind: 'table', head: ['rate', 'step', 'ours'], isRight: [false, false, true], rows}],
    sources: [],
  });
  const [table] = comparedTables([
    [sweep(['1000', '0', '80.8'], ['1000', '0.1', '80.2'])],
    [sweep(['1000', '0.1', '81.2'], ['1000', '0', '80.0'])],
  ]);
  assert.deepEqual(
    table!.rows.map(({name, lines}) => [name, lines.map(({cells}) => cells)]),
    [
      [
        '1000',
        [
          [{text: '0'}, {text: '80.8'}],
          [{text: '0'}, {text: '80.0', difference: '−0.8'}],
        ],
      ],
      [
        '1000',
        [
          [{text: '0.1'}, {text: '80.2'}],
          [{text: '0.1'}, {text: '81.2', difference: '+1.0'}],
        ],
      ],
    ],
  );
});

test('rows of the same name keep their places, dates are no numbers, and a table of one run is not compared', () => {
  const tables = comparedTables([
    [textOf('t', ['a', 'b'], ['x', '1'], ['x', '2026-01-01'])],
    [textOf('t', ['a', 'b'], ['x', '4'], ['x', '2026-01-02']), textOf('only', ['a'], ['x'])],
  ]);
  assert.deepEqual(
    tables.map(({title, rows}) => [
      title,
      rows.map(({lines}) => lines.at(-1)!.cells[0]!.difference),
    ]),
    [['t', ['+3', undefined]]],
  );
});
