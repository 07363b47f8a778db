import assert from 'node:assert/strict';
import {test} from 'node:test';
import {progressText} from '../../../src/report/text/verify-text.ts';

test('reading says how far it is, how fast and how long it will take', () => {
  assert.equal(progressText(1.2e9, 30e9, 8000), '1.2 GB of 30 GB, 150 MB/s, 3 min 12 s left');
  assert.equal(progressText(0, 30e9, 2000), '0 B of 30 GB, 0 B/s');
});
