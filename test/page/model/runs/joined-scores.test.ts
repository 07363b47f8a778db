import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {ScorePart} from '../../../../src/page/model/parts.ts';
import {joinedScores} from '../../../../src/page/model/runs/joined-scores.ts';

const score = (sets: readonly string[], mean: number): ScorePart => ({
  title: 'accuracy',
  sets,
  rows: [{model: 'MLP', marks: sets.map((set) => ({set, mean, deviation: 0, trials: 1}))}],
});

test('a network and set is a row with a mark for each run that has it', () => {
  const marks = (parts: readonly ScorePart[]): unknown =>
    parts.map(({sets, rows}) => [
      sets,
      rows.map(({model, marks}) => [model, marks.map(({set, mean}) => [set, mean])]),
    ]);
  assert.deepEqual(
    marks(joinedScores([[score(['ours', 'real'], 0.5)], [], [score(['ours'], 0.25)]])),
    [
      [
        ['A', 'B', 'C'],
        [
          [
            'MLP, ours',
            [
              ['A', 0.5],
              ['C', 0.25],
            ],
          ],
          ['MLP, real', [['A', 0.5]]],
        ],
      ],
    ],
  );
  assert.deepEqual(marks(joinedScores([[score(['ours'], 1)], [score(['ours'], 0)]])), [
    [
      ['A', 'B'],
      [
        [
          'MLP',
          [
            ['A', 1],
            ['B', 0],
          ],
        ],
      ],
    ],
  ]);
});
