import assert from 'node:assert/strict';
import {test} from 'node:test';
import {textParts} from '../../../src/page/model/text-parts.ts';

const empty = {curves: [], scores: [], pictures: [], histograms: [], captions: [], notes: []};

test('the last stages come first, and the instances of each in their own order', () => {
  const texts = [{name: 'out', media: 'text', text: 'x', isWhole: true}];
  const ids = ['a[n=0]', 'a[n=1]', 'b', 'a[n=2]'];
  const parts = textParts(
    ids.map((id) => [id, {...empty, texts}]),
    () => true,
  );
  assert.deepEqual(
    parts.map(({title}) => title),
    ['b', 'a[n=0]', 'a[n=1]', 'a[n=2]'],
  );
});
