import assert from 'node:assert/strict';
import {test} from 'node:test';
import {
  chosenHash,
  chosenIn,
  comparisonAddress,
} from '../../../../src/page/browser/runs/addresses.ts';

test('names survive an address, whatever they hold', () => {
  const names = ['a,b', '%2e#?', '"><img>', '..'];
  assert.deepEqual(chosenIn(chosenHash(names)), names);
  assert.equal(comparisonAddress(['a,b', 'c']), 'compare/a%2Cb,c/');
  assert.deepEqual(chosenIn('#%'), []);
});
