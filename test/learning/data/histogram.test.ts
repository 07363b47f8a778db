import assert from 'node:assert/strict';
import {test} from 'node:test';
import {histogramOf} from '../../../src/learning/data/histogram.ts';

test('numbers are counted in buckets of equal width, the greatest in the last one', () => {
  assert.deepEqual(histogramOf(Float32Array.of(0, 0.5, 1, 1.5, 2, 4), 4), {
    min: 0,
    max: 4,
    count: 6,
    sum: 9,
    sumSquares: 23.5,
    limits: Float64Array.of(1, 2, 3, 4),
    counts: Float64Array.of(2, 2, 1, 1),
  });
});

test('if all numbers are equal, buckets run from half below to half above', () => {
  const {min, max, limits, counts} = histogramOf(Float32Array.of(3, 3), 2);
  assert.deepEqual({min, max}, {min: 3, max: 3});
  assert.deepEqual(limits, Float64Array.of(3, 3.5));
  assert.deepEqual(counts, Float64Array.of(0, 2));
});

test('every number is in some bucket, whatever rounding does', () => {
  const values = Float32Array.from({length: 1000}, (_, i) => Math.sin(i) / 3);
  const {counts, limits, max} = histogramOf(values);
  assert.equal(counts.length, 64);
  assert.equal(
    counts.reduce((sum, count) => sum + count, 0),
    1000,
  );
  assert.equal(limits.at(-1), max);
});

test('no numbers have no histogram', () => {
  assert.throws(() => histogramOf(new Float32Array(0)), RangeError);
});
