import assert from 'node:assert/strict';
import {test} from 'node:test';
import {describeTable, findCell, scoreTable} from '../../../src/learning/data/score-table.ts';
import type {Score} from '../../../src/learning/data/scores.ts';

function score(model: string, set: string, rest: Partial<Score>): Score {
  const of = {dataset: 'mnist', split: 'test' as const, ipc: 1, trial: 0, seed: 0};
  return {model, set, ...of, accuracy: 0.5, loss: 1, ...rest};
}

test('mean and population standard deviation over trials, in the order of the first scores', () => {
  const table = scoreTable([
    score('MLP', 'distilled', {accuracy: 0.8}),
    score('ConvNet', 'random real', {accuracy: 0.5}),
    score('MLP', 'distilled', {accuracy: 0.6, trial: 1}),
  ]);
  assert.deepEqual(table.models, ['MLP', 'ConvNet']);
  assert.deepEqual(
    table.columns.map(({label}) => label),
    ['distilled', 'random real'],
  );
  const [distilled, real] = table.columns;
  const cell = findCell(table, 'MLP', distilled!)!;
  assert.ok(Math.abs(cell.mean - 0.7) < 1e-12 && Math.abs(cell.deviation - 0.1) < 1e-12);
  assert.equal(cell.trials, 2);
  assert.equal(findCell(table, 'ConvNet', real!)?.deviation, 0);
  assert.equal(findCell(table, 'MLP', real!), undefined);
});

test('columns say data set and images per class only where there are several', () => {
  const one = scoreTable([score('MLP', 'distilled', {})]);
  assert.match(describeTable(one), /on mnist, 1 image per class/);
  const two = scoreTable([score('MLP', 'distilled', {}), score('MLP', 'distilled', {ipc: 10})]);
  assert.deepEqual(
    two.columns.map(({label}) => label),
    ['mnist ipc 1 distilled', 'mnist ipc 10 distilled'],
  );
  assert.doesNotMatch(describeTable(two), /mnist/);
});

test('snapshots and splits are columns of their own, and said where there are several', () => {
  const table = scoreTable([
    score('MLP', 'distilled', {iteration: 0}),
    score('MLP', 'distilled', {iteration: 500}),
    score('MLP', 'distilled', {iteration: 500, split: 'held-out'}),
    score('MLP', 'random', {}),
  ]);
  assert.deepEqual(
    table.columns.map(({label}) => label),
    ['distilled @0 (test)', 'distilled @500 (test)', 'distilled @500 (held-out)', 'random (test)'],
  );
  assert.equal(table.cells.length, 4);
  assert.match(describeTable(table), /^Accuracy in percent/);
  const heldOut = scoreTable([score('MLP', 'distilled', {iteration: 500, split: 'held-out'})]);
  assert.equal(heldOut.columns[0]!.label, 'distilled');
  assert.match(describeTable(heldOut), /^Held-out accuracy in percent on mnist/);
});
