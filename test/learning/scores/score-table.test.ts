import assert from 'node:assert/strict';
import {test} from 'node:test';
import {scoreCells, type ScoreCell} from '../../../src/learning/scores/score-cells.ts';
import {
  CrowdedTable,
  describeTable,
  findCell,
  scoreTable,
  type ScoreTable,
  type TableLayout,
} from '../../../src/learning/scores/score-table.ts';
import type {PublishedScore} from '../../../src/learning/scores/published-scores.ts';
import type {Score} from '../../../src/learning/scores/scores.ts';

function score(model: string, set: string, rest: Partial<Score>): Score {
  const of = {dataset: 'mnist', split: 'test' as const, ipc: 1, trial: 0, seed: 0};
  return {model, set, ...of, accuracy: 0.5, loss: 1, ...rest};
}

/** A layout with a row for each network and a column for each set. */
const usual: TableLayout = {
  rows: ['model'],
  columns: ['dataset', 'ipc', 'set', 'iteration', 'split'],
  expect: {},
};

function tableOf(scores: readonly Score[], layout: Partial<TableLayout> = {}): ScoreTable {
  return scoreTable(scoreCells(scores), {...usual, ...layout});
}

function measured(table: ScoreTable, row: string, column: string): ScoreCell | undefined {
  const [at, over] = [
    table.rows.find(({label}) => label === row),
    table.columns.find(({label}) => label === column),
  ];
  return findCell(table, at!, over!)?.measured;
}

const labels = (headings: ScoreTable['rows']): readonly string[] =>
  headings.map(({label}) => label);

test('mean and population standard deviation over trials, in the order of the first scores', () => {
  const table = tableOf([
    score('MLP', 'distilled', {accuracy: 0.8}),
    score('ConvNet', 'random real', {accuracy: 0.5}),
    score('MLP', 'distilled', {accuracy: 0.6, trial: 1}),
  ]);
  assert.deepEqual(labels(table.rows), ['MLP', 'ConvNet']);
  assert.deepEqual(labels(table.columns), ['distilled', 'random real']);
  const cell = measured(table, 'MLP', 'distilled')!;
  assert.ok(Math.abs(cell.mean - 0.7) < 1e-12 && Math.abs(cell.deviation - 0.1) < 1e-12);
  assert.equal(cell.trials, 2);
  assert.equal(measured(table, 'ConvNet', 'random real')?.deviation, 0);
  assert.equal(measured(table, 'MLP', 'random real'), undefined);
});

test('columns say data set and images per class only where there are several', () => {
  const one = tableOf([score('MLP', 'distilled', {})]);
  assert.match(describeTable(one), /on mnist, 1 image per class/);
  const two = tableOf([score('MLP', 'distilled', {}), score('MLP', 'distilled', {ipc: 10})]);
  assert.deepEqual(labels(two.columns), ['mnist ipc 1 distilled', 'mnist ipc 10 distilled']);
  assert.doesNotMatch(describeTable(two), /mnist/);
});

test('snapshots and splits are columns of their own, and said where there are several', () => {
  const table = tableOf([
    score('MLP', 'distilled', {iteration: 0}),
    score('MLP', 'distilled', {iteration: 500}),
    score('MLP', 'distilled', {iteration: 500, split: 'held-out'}),
    score('MLP', 'random', {}),
  ]);
  assert.deepEqual(labels(table.columns), [
    'distilled @0 (test)',
    'distilled @500 (test)',
    'distilled @500 (held-out)',
    'random (test)',
  ]);
  assert.equal(table.cells.length, 4);
  assert.match(describeTable(table), /^Accuracy in percent/);
  const heldOut = tableOf([score('MLP', 'distilled', {iteration: 500, split: 'held-out'})]);
  assert.equal(heldOut.columns[0]!.label, 'distilled');
  assert.match(describeTable(heldOut), /^Held-out accuracy in percent on mnist/);
});

test('rows and columns are whatever tells them apart, and the rest is of the cell', () => {
  const table = tableOf(
    [
      score('ConvNetD4', 'distilled', {dataset: 'tiny', ipc: 10, iteration: 500, accuracy: 0.2}),
      score('ConvNetD3', 'random', {ipc: 10, accuracy: 0.3}),
      score('ConvNetD3', 'distilled', {ipc: 10, iteration: 100, accuracy: 0.6}),
    ],
    {rows: ['dataset', 'ipc', 'model'], columns: ['set']},
  );
  assert.deepEqual(labels(table.rows), ['tiny 10 ConvNetD4', 'mnist 10 ConvNetD3']);
  assert.deepEqual(labels(table.columns), ['distilled', 'random']);
  assert.equal(measured(table, 'mnist 10 ConvNetD3', 'distilled')?.iteration, 100);
});

test('two cells in one place are refused by what tells them apart', () => {
  const scores = [
    score('MLP', 'distilled', {iteration: 100}),
    score('MLP', 'distilled', {iteration: 200}),
  ];
  assert.throws(
    () => tableOf(scores, {columns: ['set']}),
    (error) =>
      error instanceof CrowdedTable &&
      error.axis === 'iteration' &&
      error.message === 'Scores of one cell differ in iteration: 100 and 200.',
  );
});

test('expected values come first in their order, with or without scores; the others follow', () => {
  const table = tableOf(
    [
      score('MLP', 'distilled', {dataset: 'other'}),
      score('MLP', 'distilled', {dataset: 'b', ipc: 10}),
      score('MLP', 'random', {dataset: 'b', ipc: 1}),
    ],
    {
      rows: ['dataset', 'ipc', 'model'],
      columns: ['set'],
      expect: {dataset: ['a', 'b'], ipc: [1, 10], set: ['random', 'herding', 'distilled']},
    },
  );
  assert.deepEqual(labels(table.rows), ['a 1', 'a 10', 'b 1 MLP', 'b 10 MLP', 'other 1 MLP']);
  assert.deepEqual(labels(table.columns), ['random', 'herding', 'distilled']);
  assert.equal(table.cells.length, 15);
  assert.equal(table.cells.filter(({measured: own}) => own !== undefined).length, 3);
});

test('published values stand beside what was measured, and alone only where they are expected', () => {
  const published = [
    {dataset: 'mnist', ipc: 1, model: 'MLP', set: 'distilled', mean: 0.7, source: 'A'},
    {dataset: 'mnist', ipc: 10, model: 'MLP', set: 'distilled', mean: 0.8, source: 'A'},
    {dataset: 'cifar10', ipc: 1, model: 'MLP', set: 'distilled', mean: 0.9, source: 'A'},
  ];
  const cells = scoreCells([score('MLP', 'distilled', {iteration: 5})]);
  const layout: TableLayout = {rows: ['dataset', 'ipc', 'model'], columns: ['set'], expect: {}};
  const beside = scoreTable(cells, layout, published);
  assert.deepEqual(
    beside.cells.map((cell) => [cell.measured?.mean, cell.published?.mean]),
    [[0.5, 0.7]],
  );
  const expected = scoreTable(cells, {...layout, expect: {dataset: ['mnist']}}, published);
  assert.deepEqual(
    expected.cells.map((cell) => [cell.row.label, cell.measured?.mean, cell.published?.mean]),
    [
      ['mnist 1 MLP', 0.5, 0.7],
      ['mnist 10 MLP', undefined, 0.8],
    ],
  );
});

test('each of several published values of a set stands beside its iteration, a single one beside every one', () => {
  const of = {dataset: 'mnist', ipc: 1, model: 'MLP', set: 'distilled', source: 'A'};
  const cells = scoreCells([0, 25, 50].map((iteration) => score('MLP', 'distilled', {iteration})));
  const layout: TableLayout = {rows: ['iteration'], columns: ['set'], expect: {}};
  const meansBeside = (published: readonly PublishedScore[]): readonly unknown[] =>
    scoreTable(cells, layout, published).cells.map((cell) => cell.published?.mean);
  const [zero, some] = [
    {...of, iteration: 0, mean: 0.1},
    {...of, iteration: 25, mean: 0.4},
  ];
  assert.deepEqual(meansBeside([zero, some]), [0.1, 0.4, undefined]);
  assert.deepEqual(meansBeside([zero, some, {...of, mean: 0.5}]), [0.1, 0.4, 0.5]);
  assert.deepEqual(meansBeside([some]), [0.4, 0.4, 0.4]);
  // A table that does not tell iterations apart has one place for the set.
  const [last] = cells.slice(-1) as [ScoreCell];
  const places = {rows: ['model'], columns: ['set'], expect: {set: ['distilled']}} as const;
  const one = scoreTable([last], places, [zero, {...of, iteration: 50, mean: 0.6}]);
  assert.deepEqual(
    one.cells.map((cell) => [cell.measured?.iteration, cell.published?.mean]),
    [[50, 0.6]],
  );
  const missing = scoreTable([], places, [zero, some]);
  assert.deepEqual(
    missing.cells.map((cell) => cell.published?.mean),
    [0.1],
  );
});
