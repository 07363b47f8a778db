import assert from 'node:assert/strict';
import {test} from 'node:test';
import * as fc from 'fast-check';
import {closestTo, editDistance} from '../../src/base/edit-distance.ts';

test('insertions, deletions, substitutions and swaps count one each', () => {
  assert.equal(editDistance('', 'abc'), 3);
  assert.equal(editDistance('kitten', 'sitting'), 3);
  assert.equal(editDistance('tarin', 'train'), 1);
  assert.equal(editDistance('expert', 'expert'), 0);
});

test('the distance is symmetric and zero only between equals', () => {
  const word = fc.string({maxLength: 8});
  fc.assert(
    fc.property(word, word, (a, b) => {
      assert.equal(editDistance(a, b), editDistance(b, a));
      assert.equal(editDistance(a, b) === 0, a === b);
    }),
  );
});

test('a near name is found whatever its case, and a far one is not', () => {
  assert.equal(closestTo('convnetd4', ['ResNet18', 'ConvNetD3', 'ConvNetD5']), 'ConvNetD3');
  assert.equal(closestTo('zca', ['download', 'distill']), undefined);
  assert.equal(closestTo('b', ['e', 'a']), undefined);
  assert.equal(closestTo('anything', []), undefined);
});
