import assert from 'node:assert/strict';
import {test} from 'node:test';
import {scoreCells} from '../../../src/learning/scores/score-cells.ts';
import type {Score} from '../../../src/learning/scores/scores.ts';

const of = {dataset: 'mnist', split: 'test', ipc: 1, model: 'MLP', set: 'distilled'} as const;

function score(accuracy: number, rest: Partial<Score> = {}): Score {
  return {...of, trial: 0, seed: 0, accuracy, loss: 1, ...rest};
}

test('networks of one set are the sample, whether or not it is known which set it is', () => {
  for (const rest of [{}, {setDigest: 'a'}]) {
    const [cell] = scoreCells([score(0.5, rest), score(0.75, rest)]);
    assert.equal(cell!.sets, 1);
    assert.deepEqual(cell!.sample, {count: 2, mean: 0.625, variance: 2 * 0.125 ** 2});
  }
});

test('several sets of one name are the sample, and the networks of each count as its mean', () => {
  const [cell, ...others] = scoreCells([
    score(0.5, {setDigest: 'a'}),
    score(0.75, {setDigest: 'a'}),
    score(0.25, {setDigest: 'b'}),
    score(0.5, {setDigest: 'b'}),
  ]);
  assert.deepEqual(others, []);
  assert.deepEqual([cell!.sets, cell!.trials, cell!.mean], [2, 4, 0.5]);
  assert.deepEqual(cell!.sample, {count: 2, mean: 0.5, variance: 2 * 0.125 ** 2});
});

test('snapshots of one distillation are no repeats of it: they are cells of their own', () => {
  const cells = scoreCells([
    score(0.5, {setDigest: 'a', iteration: 25}),
    score(0.75, {setDigest: 'b', iteration: 50}),
  ]);
  assert.deepEqual(
    cells.map(({iteration, sets}) => [iteration, sets]),
    [
      [25, 1],
      [50, 1],
    ],
  );
});
