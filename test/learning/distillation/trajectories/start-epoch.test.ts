import assert from 'node:assert/strict';
import {test} from 'node:test';
import {drawStartEpoch} from '../../../../src/learning/distillation/trajectories/start-epoch.ts';
import type {StartEpochs} from '../../../../src/learning/distillation/trajectories/start-epoch.ts';
import {Random} from '../../../../src/learning/random.ts';

const draws = (epochs: StartEpochs): readonly number[] =>
  Array.from({length: 200}, (_, iteration) =>
    drawStartEpoch(epochs, {iteration, random: new Random(3, 'iteration', iteration)}),
  );

test('ranges that say the same draw the same epochs, those of a bound alone', () => {
  const plain = Array.from({length: 200}, (_, iteration) =>
    new Random(3, 'iteration', iteration, 'start').integer(20),
  );
  assert.deepEqual(draws({maxStartEpoch: 20}), plain);
  assert.deepEqual(draws({minStartEpoch: 0, maxStartEpoch: 20}), plain);
  assert.deepEqual(draws({maxStartEpoch: 20, growth: {from: 20, until: 100}}), plain);
});

test('no epoch is before the first or beyond the bound of its iteration', () => {
  const drawn = draws({minStartEpoch: 5, maxStartEpoch: 25, growth: {from: 6, until: 100}});
  assert.ok(drawn.every((epoch, i) => epoch >= 5 && epoch < 6 + Math.min(19, (19 * i) / 100)));
  assert.deepEqual(new Set(drawn.slice(0, 6)), new Set([5]));
  assert.equal(Math.max(...drawn), 24);
});

test('an empty range is an error', () => {
  assert.throws(() => draws({minStartEpoch: 4, maxStartEpoch: 4}), RangeError);
});
