import assert from 'node:assert/strict';
import {test} from 'node:test';
import {digestOf} from '../../src/base/digest.ts';
import {Turns} from '../../src/schedule/turns.ts';
import type {Key} from '../../src/store/records/record.ts';

const keys = Array.from({length: 50}, (_, index) => String(digestOf(String(index))) as Key);

function orderOf(turns: Turns): string {
  return keys.toSorted((a, b) => turns.of(a) - turns.of(b)).join();
}

test('members that have met go through keys in orders of their own, and one that is alone leaves the order as it is', () => {
  let changes = 0;
  const [one, two] = ['one', 'two'].map((member) => new Turns(member, () => changes++));
  assert.deepEqual([orderOf(one!), orderOf(two!)], [keys.join(), keys.join()]);
  one!.meet({member: 'one'});
  assert.equal(changes, 0);
  one!.meet({member: 'two'});
  one!.meet({member: 'three'});
  two!.meet({});
  assert.equal(changes, 2);
  assert.notEqual(orderOf(one!), keys.join());
  assert.notEqual(orderOf(one!), orderOf(two!));
  const again = new Turns('one', () => undefined);
  again.meet({member: 'two'});
  assert.equal(orderOf(again), orderOf(one!));
});
