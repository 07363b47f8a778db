import assert from 'node:assert/strict';
import {test} from 'node:test';
import {stepDrop, tenfoldDrop} from '../../../src/learning/training/learning-rate.ts';

const rates = (epochs: number, count: number): readonly number[] =>
  Array.from(
    {length: count},
    (_, epoch) => tenfoldDrop(epoch, {learningRate: 1, epochs}).learningRate,
  );

test('502 of 1,001 epochs are trained at the full rate, and 152 of 301', () => {
  assert.equal(rates(1000, 1001).filter((rate) => rate === 1).length, 502);
  assert.equal(rates(300, 301).filter((rate) => rate === 1).length, 152);
});

test('momentum starts anew in the first epoch at a tenth of the rate', () => {
  const starts = Array.from({length: 7}, (_, epoch) =>
    tenfoldDrop(epoch, {learningRate: 1, epochs: 6}),
  );
  assert.deepEqual(
    starts.map(({startsAnew}) => startsAnew),
    [false, false, false, false, false, true, false],
  );
  assert.deepEqual(rates(6, 7), [1, 1, 1, 1, 1, 0.1, 0.1]);
});

test('of 1,000 epochs by steps 500 are trained at the full rate, and no optimiser begins anew', () => {
  const all = Array.from({length: 1000}, (_, epoch) =>
    stepDrop(epoch, {learningRate: 1, epochs: 999}),
  );
  assert.equal(all.filter(({learningRate}) => learningRate === 1).length, 500);
  assert.equal(all[499]!.learningRate, 1);
  assert.equal(all[500]!.learningRate, 0.1);
  assert.ok(all.every(({startsAnew}) => !startsAnew));
  assert.equal(stepDrop(0, {learningRate: 1, epochs: 0}).learningRate, 1);
});
