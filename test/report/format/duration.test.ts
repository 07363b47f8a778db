import assert from 'node:assert/strict';
import {test} from 'node:test';
import {
  formatDuration,
  formatLargest,
  formatLimit,
  formatRoughly,
  formatSeconds,
} from '../../../src/report/format/duration.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

test('a duration is as exact as it is worth, up to days, months and years', () => {
  const exact = [-5, 40, 2400, 200_000, 125 * minute, 47 * hour, 51 * hour, 9 * day, 40 * day];
  assert.deepEqual(exact.map(formatDuration), [
    '0 ms',
    '40 ms',
    '2.4 s',
    '3 min 20 s',
    '2 h 5 min',
    '47 h 0 min',
    '2 days 3 h',
    '9 days 0 h',
    '40 days',
  ]);
  assert.deepEqual([24 * day, 48 * hour, 5 * minute].map(formatLimit), [
    '24 days',
    '2 days',
    '5 min',
  ]);
  assert.equal(formatSeconds(15_969 * hour), '22 months');
  const large = [
    400,
    59_600,
    90 * minute,
    30 * hour,
    147 * hour,
    100 * day,
    7985 * hour,
    9000 * day,
  ];
  assert.deepEqual(large.map(formatLargest), [
    '400 ms',
    '1 min',
    '1.5 h',
    '30 h',
    '6.1 days',
    '3.3 months',
    '11 months',
    '25 years',
  ]);
  assert.deepEqual([12_000, 3 * day].map(formatRoughly), ['12 s', 'about 3 days']);
});
