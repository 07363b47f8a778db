import assert from 'node:assert/strict';
import fs from 'node:fs';
import {writeFile} from 'node:fs/promises';
import {syncBuiltinESMExports} from 'node:module';
import path from 'node:path';
import {mock, test} from 'node:test';
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

test('a process is told that the lock is busy also if the next holder has tidied its number away', async () => {
  await using folder = await TemporaryFolder.create();
  const lock = folder.file('lock');
  const me = processIdentity(process.pid);
  underLock(lock, me, () => undefined);
  // Between the look at the highest number and the new one, others have come and gone.
  const {linkSync} = fs;
  const late = mock.method(fs, 'linkSync', (from: string, to: string) => {
    linkSync(from, to);
    fs.writeFileSync(path.join(lock, '9'), '{}');
    fs.rmSync(to);
  });
  syncBuiltinESMExports();
  try {
    assert.deepEqual(
      underLock(lock, me, () => 'never'),
      {kind: 'busy'},
    );
  } finally {
    late.mock.restore();
    syncBuiltinESMExports();
  }
  assert.deepEqual(
    underLock(lock, me, () => 'next'),
    {kind: 'done', value: 'next'},
  );
});
