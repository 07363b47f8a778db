import assert from 'node:assert/strict';
import {test} from 'node:test';
import {
  isForeign,
  isRunning,
  parseIdentity,
  placeOf,
  processIdentity,
} from '../../../src/store/claims/process-identity.ts';

const me = processIdentity(process.pid);
const skip = me.namespace === undefined && 'the platform has no spaces of process numbers';

test('a process is distinguished from one with its number, and from one of an earlier boot', () => {
  assert.ok(isRunning(me));
  assert.ok(!isRunning({...me, pid: 2 ** 30}));
  if (me.startTime === undefined) return;
  assert.ok(!isRunning({...me, startTime: `${me.startTime}0`}));
  assert.ok(!isRunning({...me, bootId: 'another boot'}));
});

test(
  'a process of another machine, or of another container of this one, cannot be seen',
  {skip},
  () => {
    const there = {...me, host: 'other', bootId: 'another boot'};
    const inside = {...me, namespace: 'pid:[1]'};
    for (const process of [there, inside]) {
      assert.ok(isForeign(process));
      assert.ok(!isRunning(process));
      assert.equal(placeOf(process).host, process.host);
    }
    // Within one space, numbers are those of this machine, whatever it is called.
    assert.ok(isRunning({...me, host: 'other'}));
    assert.deepEqual(placeOf(me), {pid: process.pid});
    // The name of this machine after another boot.
    assert.ok(!isForeign({...me, bootId: 'another boot'}));
  },
);

test('the note of an earlier version is judged by the name of its machine', () => {
  const {namespace: _namespace, ...old} = me;
  assert.ok(isRunning(old));
  assert.ok(isForeign({...old, host: 'other'}));
});

test('the name of a member cannot lead out of the store', () => {
  const member = '0123456789abcdef';
  assert.deepEqual(parseIdentity({...me, member}), {...me, member});
  for (const other of ['../../../../tmp/x', '', 7, null, member.toUpperCase(), `${member}0`]) {
    assert.equal(parseIdentity({...me, member: other}), undefined);
  }
});
