import assert from 'node:assert/strict';
import {test} from 'node:test';
import {
  differenceInterval,
  meanInterval,
  sampleOf,
  standardError,
  welchFreedom,
  type Interval,
} from '../../../src/learning/scores/samples.ts';

function assertClose(actual: number, expected: number): void {
  assert.ok(Math.abs(actual - expected) < 1e-10, `${actual} instead of ${expected}`);
}

function assertEnds(interval: Interval | undefined, low: number, high: number): void {
  assertClose(interval!.low, low);
  assertClose(interval!.high, high);
}

test('a sample has its mean, its variance over n − 1 and the standard error of its mean', () => {
  const sample = sampleOf([2, 4, 4, 6]);
  assert.deepEqual(sample, {count: 4, mean: 4, variance: 8 / 3});
  assertClose(standardError(sample), Math.sqrt(2 / 3));
});

test('the interval of a mean is Student’s: t(0.95; 2) = 4.302652… standard errors', () => {
  // 1, 2, 3: mean 2, standard error 1/√3, and t = 0.95·√(2/(1 − 0.95²)).
  const half = (0.95 * Math.sqrt(2 / (1 - 0.95 ** 2))) / Math.sqrt(3);
  assertEnds(meanInterval(sampleOf([1, 2, 3]), 0.95), 2 - half, 2 + half);
});

// The means and intervals of these two are from mpmath 1.3.0 with 30 digits, by the textbook's formulas.
test('five networks against five: Welch’s degrees of freedom and interval', () => {
  const [a, b] = [
    sampleOf([0.3754, 0.3829, 0.3678, 0.3717, 0.3777]),
    sampleOf([0.3709, 0.3669, 0.3824, 0.385, 0.3772]),
  ];
  assert.ok(Math.abs(welchFreedom(a, b) - 7.45276965337) < 1e-9);
  assertEnds(differenceInterval(a, b, 0.95), -0.0113395474678, 0.00857954746784);
});

test('three distillations against two: the degrees of freedom are near those of the one that varies', () => {
  const [a, b] = [sampleOf([0.331, 0.351, 0.379]), sampleOf([0.375, 0.377])];
  assert.ok(Math.abs(welchFreedom(a, b) - 2.02058784271) < 1e-9);
  assertEnds(differenceInterval(a, b, 0.95), -0.0817998348987, 0.037133168232);
});

test('equal variances and counts give Student’s test of two samples: n₁ + n₂ − 2', () => {
  assertClose(welchFreedom(sampleOf([1, 2, 3]), sampleOf([7, 8, 9])), 4);
});

test('a single value has no interval, and values that do not vary have one without width', () => {
  const [one, same] = [sampleOf([1]), sampleOf([3, 3])];
  assert.equal(meanInterval(one, 0.95), undefined);
  assert.equal(differenceInterval(one, same, 0.95), undefined);
  assert.equal(differenceInterval(same, one, 0.95), undefined);
  assertEnds(meanInterval(same, 0.95), 3, 3);
  assertEnds(differenceInterval(same, sampleOf([1, 1]), 0.95), 2, 2);
});
