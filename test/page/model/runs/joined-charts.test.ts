import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {ChartPart} from '../../../../src/page/model/parts.ts';
import {joinedCharts} from '../../../../src/page/model/runs/joined-charts.ts';

const chart = (title: string, ...ys: readonly number[]): ChartPart => ({
  title,
  stage: 's',
  axis: 'iteration',
  curves: ys.map((y, n) => ({name: `s[n=${n}]`, x: [0], y: [y]})),
  more: 1,
});

test('curves of runs are over each other, and those of runs that have the same are there once', () => {
  const joined = joinedCharts([
    [chart('loss', 1, 2)],
    [chart('loss', 3), chart('rate', 5)],
    [chart('loss', 1, 2)],
  ]);
  assert.deepEqual(
    joined.map(({title, groups, curves, more}) => [
      title,
      groups,
      curves.map(({group, y}) => [group, y[0]]),
      more,
    ]),
    [
      [
        'loss',
        [
          {label: 'A, C', colour: 0},
          {label: 'B', colour: 1},
        ],
        [
          [0, 1],
          [0, 2],
          [1, 3],
        ],
        2,
      ],
      ['rate', [{label: 'B', colour: 1}], [[0, 5]], 1],
    ],
  );
});
