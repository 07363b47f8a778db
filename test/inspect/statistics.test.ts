import assert from 'node:assert/strict';
import {test} from 'node:test';
import {DeviationGatherer} from '../../src/inspect/deviation.ts';
import {StatisticsGatherer} from '../../src/inspect/statistics.ts';

test('statistics are of the finite numbers, and count the others', () => {
  const gatherer = new StatisticsGatherer();
  gatherer.add([1, 2, NaN]);
  gatherer.add([3, -Infinity, 6]);
  assert.deepEqual(gatherer.statistics, {
    count: 6,
    nans: 1,
    infinities: 1,
    // By hand: the squared distances from 3 are 4, 1, 0 and 9.
    finite: {min: 1, max: 6, mean: 3, sd: Math.sqrt(14 / 4)},
  });
});

test('without a finite number there is neither a mean nor a range', () => {
  const gatherer = new StatisticsGatherer();
  gatherer.add([]);
  gatherer.add([NaN]);
  assert.deepEqual(gatherer.statistics, {count: 1, nans: 1, infinities: 0});
});

test('a small spread far from zero is not lost, however the numbers come in', () => {
  const gatherer = new StatisticsGatherer();
  for (let i = 0; i < 1000; i++) gatherer.add([1e9 + 1, 1e9 + 3]);
  const {mean, sd} = gatherer.statistics.finite!;
  assert.ok(Math.abs(mean - (1e9 + 2)) < 1e-6, `mean ${mean}`);
  assert.ok(Math.abs(sd - 1) < 1e-6, `sd ${sd}`);
});

test('a deviation says how far apart pairs are, and which are not comparable', () => {
  const gatherer = new DeviationGatherer();
  assert.equal(gatherer.add([1, 0, NaN], [1, -0, NaN]), false);
  assert.equal(gatherer.add([2, -4, NaN, Infinity], [3, -2, 1, -Infinity]), true);
  assert.deepEqual(gatherer.deviation, {
    count: 7,
    differing: 4,
    maxAbs: 2,
    meanAbs: 3 / 4,
    maxRelative: 1 / 2,
    unlike: 2,
    nans: [2, 1],
    infinities: [1, 1],
  });
});

test('integers that round to the same double still differ', () => {
  const gatherer = new DeviationGatherer();
  assert.equal(gatherer.add([2n ** 60n, 5n], [2n ** 60n + 1n, 5n]), true);
  assert.equal(gatherer.deviation.maxAbs, 1);
  assert.equal(gatherer.deviation.differing, 1);
});
