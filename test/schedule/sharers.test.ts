import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {InstanceId} from '../../src/pipeline/graph/instance.ts';
import {Sharers} from '../../src/schedule/sharers.ts';
import type {Key} from '../../src/store/records/record.ts';

const [key, other] = ['aa'.repeat(32), 'bb'.repeat(32)] as Key[];
const [one, two] = ['one', 'two'] as InstanceId[];

test('instances wait for a key from its begin to its end, and are told once', () => {
  const sharers = new Sharers();
  assert.equal(sharers.join(key!, one!), false);
  sharers.begin(key!);
  assert.equal(sharers.join(key!, one!), true);
  assert.equal(sharers.join(key!, two!), true);
  assert.equal(sharers.join(other!, two!), false);
  assert.deepEqual(sharers.end(key!), [one, two]);
  assert.deepEqual(sharers.end(key!), []);
  assert.equal(sharers.join(key!, one!), false);
});
