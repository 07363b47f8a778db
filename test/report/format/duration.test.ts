import assert from 'node:assert/strict';
import {test} from 'node:test';
import {formatDuration} from '../../../src/report/format/duration.ts';

test('a duration is as exact as it is worth', () => {
  const minute = 60_000;
  assert.deepEqual(
    [-5, 40, 2400, 200_000, 125 * minute, 99 * 60 * minute, 100 * 60 * minute, 72_270 * minute].map(
      formatDuration,
    ),
    ['0 ms', '40 ms', '2.4 s', '3 min 20 s', '2 h 5 min', '99 h 0 min', '100 h', '1,205 h'],
  );
});
