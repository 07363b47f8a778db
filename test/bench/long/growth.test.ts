import assert from 'node:assert/strict';
import {test} from 'node:test';
import {growthOf} from '../../../bench/long/growth.ts';

const iterations = Array.from({length: 1000}, (_, i) => i);

test('garbage that comes and goes is no growth, and what stays is', () => {
  const garbage = (iteration: number): number => (iteration * 7) % 50;
  const of = (leak: number): ReturnType<typeof growthOf> =>
    growthOf(
      iterations.map((iteration) => ({
        iteration,
        value: 100 + garbage(iteration) + leak * iteration,
      })),
      0,
      1000,
    );
  const flat = of(0);
  assert.ok(flat.interval.low <= 0 && flat.interval.high >= 0, JSON.stringify(flat));
  const grown = of(0.01);
  assert.ok(Math.abs(grown.change - 10) < 1, JSON.stringify(grown));
  assert.ok(grown.interval.low > 8, JSON.stringify(grown));
});

test('the slope and its interval are those of a least-squares line through ten blocks', () => {
  // One value a block: residuals of ±1 in turn, about a slope of 2, at ten places with the spread 82.5.
  const values = Array.from({length: 10}, (_, i) => 2 * i + (i % 2 === 0 ? 1 : -1));
  const measured = values.map((value, i) => ({iteration: i + 0.5, value}));
  const {change, interval} = growthOf(measured, 0, 10);
  const slope = 2 - 5 / 82.5;
  assert.ok(Math.abs(change - 10 * slope) < 1e-12);
  const error = Math.sqrt((10 - 25 / 82.5) / 8 / 82.5);
  assert.ok(Math.abs(interval.high - 10 * (slope + 2.306004 * error)) < 1e-4);
});

test('warming up does not count, and a block without values is an error', () => {
  const measured = iterations.map((iteration) => ({
    iteration,
    value: iteration < 200 ? iteration : 7,
  }));
  assert.equal(growthOf(measured, 200, 1000).change, 0);
  assert.throws(() => growthOf(measured.slice(0, 500), 0, 1000), /nothing was measured/);
});
