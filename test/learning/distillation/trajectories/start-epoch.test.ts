import assert from 'node:assert/strict';
import {test} from 'node:test';
import {
  drawStartEpoch,
  startBound,
} from '../../../../src/learning/distillation/trajectories/start-epoch.ts';
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

test('between epochs every time may come, up to a bound that grows without steps', () => {
  const epochs = {minStartEpoch: 1, maxStartEpoch: 4, growth: {from: 2, until: 100}};
  const drawn = draws({...epochs, betweenEpochs: true});
  const bounds = drawn.map((_, i) => startBound({...epochs, betweenEpochs: true}, i));
  assert.deepEqual(
    [bounds[0], bounds[25], bounds[50], bounds[100], bounds[150]],
    [2, 2.5, 3, 4, 4],
  );
  assert.ok(drawn.every((time, i) => time >= 1 && time < bounds[i]!));
  assert.ok(drawn.every((time) => !Number.isInteger(time)));
  const shares = drawn.map((time, i) => (time - 1) / (bounds[i]! - 1));
  const mean = shares.reduce((a, b) => a + b) / shares.length;
  // Five standard deviations of the mean of 200 uniform draws.
  assert.ok(Math.abs(mean - 0.5) < 5 / Math.sqrt(12 * 200), `${mean}`);
});
