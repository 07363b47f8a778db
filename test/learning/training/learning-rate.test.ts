import assert from 'node:assert/strict';
import {test} from 'node:test';
import {tenfoldDrop} from '../../../src/learning/training/learning-rate.ts';

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
