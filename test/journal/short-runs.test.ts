import assert from 'node:assert/strict';
import {test} from 'node:test';
import {shortRuns} from '../../src/journal/short-runs.ts';

test('runs are called by the second of their start, or as much more as tells them apart', () => {
  const runs = [
    '20260101-000000.000-aaaaaa',
    '20260101-000001.000-aaaaaa',
    '20260101-000001.000-ab0000',
    '20260101-000001.200-aaaaaa',
    'copied by hand',
  ];
  assert.deepEqual(Array.from(shortRuns(runs).values()), [
    '20260101-000000',
    '20260101-000001.000-aa',
    '20260101-000001.000-ab',
    '20260101-000001.2',
    'copied by hand',
  ]);
  assert.deepEqual([...shortRuns([])], []);
});
