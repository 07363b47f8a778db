import assert from 'node:assert/strict';
import {test} from 'node:test';
import {titleOf} from '../../../bench/gpu/titles.ts';

test('a title counts equal kernels, and leaves out their parts and what bars a table', () => {
  assert.equal(
    titleOf(['solo of 2: sum, exp', 'part [8]', 'part [8]', 'a|b']),
    'solo of 2; 2 × part [8]; a\\|b',
  );
});

test('a title names the first kernels of many', () => {
  assert.equal(titleOf(['a', 'b', 'c', 'd', 'e', 'f']), 'a; b; c; d; 2 more');
});
