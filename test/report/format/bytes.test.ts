import assert from 'node:assert/strict';
import {test} from 'node:test';
import {formatAge, formatBytes, parseAge, parseBytes} from '../../../src/report/format/bytes.ts';

test('bytes are shown in steps of a thousand and read back', () => {
  const shown = [0, 999, 1000, 1499, 9_949, 9_950, 999_499, 999_500, 20e6, 3.42e9, 5e18].map(
    formatBytes,
  );
  assert.deepEqual(shown, [
    '0 B',
    '999 B',
    '1.0 kB',
    '1.5 kB',
    '9.9 kB',
    '10 kB',
    '999 kB',
    '1.0 MB',
    '20 MB',
    '3.4 GB',
    '5000 PB',
  ]);
  assert.deepEqual(
    ['100GB', '1.5 TB', '0', '12 B', '3kb'].map(parseBytes),
    [100e9, 1.5e12, 0, 12, 3000],
  );
  assert.deepEqual(
    ['', 'GB', '-1GB', '1 XB', '1e3', '10'].map(parseBytes),
    Array(6).fill(undefined),
  );
});

test('ages are shown by their largest unit and read back', () => {
  const minute = 60_000;
  const shown = [
    -5,
    59_999,
    minute,
    59 * minute,
    60 * minute,
    47 * 60 * minute,
    48 * 60 * minute,
  ].map(formatAge);
  assert.deepEqual(shown, ['just now', 'just now', '1 min', '59 min', '1 h', '47 h', '2 days']);
  assert.deepEqual(['30d', '12h', '2w', '90s', '5m', '0'].map(parseAge), [
    30 * 86_400_000,
    12 * 3_600_000,
    14 * 86_400_000,
    90_000,
    300_000,
    0,
  ]);
  assert.deepEqual(['', '30', 'd', '-1d', '1y'].map(parseAge), Array(5).fill(undefined));
});
