import assert from 'node:assert/strict';
import {writeFile} from 'node:fs/promises';
import path from 'node:path';
import {test} from 'node:test';
import {underLock} from '../../../src/executors/local/host-lock.ts';
import {processIdentity} from '../../../src/store/claims/process-identity.ts';
import {TemporaryFolder} from '../../support/rigs/temporary-folder.ts';

test('one process at a time holds the lock; it is free when that process gives it back or dies', async () => {
  await using folder = await TemporaryFolder.create();
  const lock = folder.file('lock');
  const me = processIdentity(process.pid);
  const inner = underLock(lock, me, () => underLock(lock, me, () => 'inner'));
  assert.deepEqual(inner, {kind: 'done', value: {kind: 'busy'}});
  assert.throws(() => underLock(lock, me, () => assert.fail('thrown within')), /thrown within/);
  assert.deepEqual(
    underLock(lock, me, () => 'next'),
    {kind: 'done', value: 'next'},
  );
  // A process died while it held the lock. The lock still names it.
  await writeFile(path.join(lock, '99'), JSON.stringify({...me, startTime: '1'}));
  assert.deepEqual(
    underLock(lock, me, () => 'after'),
    {kind: 'done', value: 'after'},
  );
  await writeFile(path.join(lock, '200'), JSON.stringify(me));
  assert.deepEqual(
    underLock(lock, me, () => 'never'),
    {kind: 'busy'},
  );
});
