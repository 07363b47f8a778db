import assert from 'node:assert/strict';
import {test} from 'node:test';
import {parseMetricName} from '../../src/compare/metric-name.ts';

test('a metric is named by instances, an output and a column', () => {
  const parts = (text: string): readonly string[] | undefined => {
    const name = parseMetricName(text);
    return name && [name.instances, name.output, name.column];
  };
  assert.deepEqual(parts('scores.scores.accuracy'), ['scores', 'scores', 'accuracy']);
  assert.deepEqual(parts('cell/s[rate=0.1,path="a]."].out.a.b'), [
    'cell/s[rate=0.1,path="a]."]',
    'out',
    'a.b',
  ]);
  for (const text of ['accuracy', 'scores.accuracy', '', '.a.b', 'a.1.c', 's[x.y.z']) {
    assert.equal(parts(text), undefined, text);
  }
});
