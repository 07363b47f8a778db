import assert from 'node:assert/strict';
import {test} from 'node:test';
import {scoreAxes, scoreCells} from '../../../src/learning/scores/score-cells.ts';
import {
  describeTable,
  findCell,
  scoreTable,
  type ScoreTable,
  type TableLayout,
} from '../../../src/learning/scores/score-table.ts';
import {distinctTrials, type GivenAxes, type Score} from '../../../src/learning/scores/scores.ts';

function score(at: GivenAxes, accuracy: number, rest: Partial<Score> = {}): Score {
  const of = {model: 'MLP', set: 'distilled', dataset: 'mnist', split: 'test', ipc: 1} as const;
  return {...of, trial: 0, seed: 0, accuracy, loss: 1, at, ...rest};
}

function tableOf(scores: readonly Score[], layout: Partial<TableLayout> = {}): ScoreTable {
  return scoreTable(scoreCells(scores), {rows: [], columns: scoreAxes, expect: {}, ...layout});
}

/** The mean of each cell, row by row. */
const means = (table: ScoreTable): readonly (readonly (number | undefined)[])[] =>
  table.rows.map((row) =>
    table.columns.map((column) => findCell(table, row, column)?.measured?.mean),
  );
const labels = (headings: ScoreTable['rows']): readonly string[] =>
  headings.map(({label}) => label);

test('axes that a pipeline gave distinguish rows, also of scores that are alike in all else', () => {
  const scores = [score({rate: 1, seed: 0}, 0.5), score({rate: 10, seed: 0}, 0.5)];
  const table = tableOf(distinctTrials(scores));
  assert.deepEqual(table.rowAxes, ['at.rate', 'at.seed']);
  assert.deepEqual(labels(table.rows), ['1 0', '10 0']);
  assert.deepEqual(labels(table.columns), ['distilled']);
});

test('the best row comes first, by the first column or by the mean of the cells that are named', () => {
  const scores = [1, 2, 3].flatMap((rate) => [
    score({rate}, rate === 2 ? 0.9 : 0.5),
    score({rate}, 0.1 * rate, {model: 'LeNet'}),
    score({rate}, rate === 1 ? 1 : 0, {set: 'random'}),
  ]);
  const first = tableOf(scores, {best: {}});
  assert.deepEqual(labels(first.rows), ['2', '1', '3']);
  assert.match(describeTable(first), / The best first, by MLP distilled\.$/);
  const named = tableOf(scores, {best: {set: 'distilled'}});
  // The means are 0.3, 0.55 and 0.4.
  assert.deepEqual(labels(named.rows), ['2', '3', '1']);
  assert.match(describeTable(named), / The best first, by the mean over set distilled\.$/);
  assert.deepEqual(labels(tableOf(scores, {best: {set: 'random'}}).rows), ['1', '2', '3']);
  assert.doesNotMatch(describeTable(tableOf(scores)), /best/);
});

test('a row without a score that decides comes last', () => {
  const table = tableOf(
    [
      score({rate: 1}, 0.9, {model: 'LeNet'}),
      score({rate: 2}, 0.1),
      score({rate: 2}, 0.1, {model: 'LeNet'}),
    ],
    {best: {model: 'MLP'}},
  );
  assert.deepEqual(labels(table.rows), ['2', '1']);
});

test('what varies with the rows alone makes no columns, and what varies in a row does', () => {
  const scores = [1, 10].flatMap((ipc) => [
    score({ipc}, 0.1 * ipc, {ipc}),
    score({ipc}, 0.2, {ipc, model: 'LeNet'}),
  ]);
  const table = tableOf(scores);
  assert.deepEqual(labels(table.columns), ['MLP distilled', 'LeNet distilled']);
  assert.deepEqual(means(table), [
    [0.1, 0.2],
    [1, 0.2],
  ]);
});

test('a set is compared with those of its own row', () => {
  const scores = [1, 2].flatMap((rate) => [
    score({rate}, 0.5),
    score({rate}, 0.1 * rate, {set: 'random'}),
  ]);
  const {cells} = tableOf(scores, {versus: 'random'});
  assert.deepEqual(
    cells.map(({baseline}) => baseline?.mean),
    [0.1, undefined, 0.2, undefined],
  );
});
