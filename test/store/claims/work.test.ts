import assert from 'node:assert/strict';
import fs from 'node:fs';
import {syncBuiltinESMExports} from 'node:module';
import {test} from 'node:test';
import {processIdentity} from '../../../src/store/claims/process-identity.ts';
import {createWork, removeWork} from '../../../src/store/claims/work.ts';
import type {Key} from '../../../src/store/records/record.ts';
import {TemporaryFolder} from '../../support/rigs/temporary-folder.ts';

test('a folder that a file server does not remove yet is no error, and any other failure is one', async () => {
  await using folder = await TemporaryFolder.create();
  const store = {root: folder.path};
  await createWork(store, 'mine', {
    ...processIdentity(process.pid),
    key: 'ab'.repeat(32) as Key,
    inputs: [],
  });
  const {rm} = fs.promises;
  const failing = (code: string): void => {
    fs.promises.rm = () => Promise.reject(Object.assign(new Error(code), {code, syscall: 'rmdir'}));
    syncBuiltinESMExports();
  };
  try {
    failing('ENOTEMPTY');
    await removeWork(store, 'mine');
    failing('EIO');
    await assert.rejects(removeWork(store, 'mine'), {code: 'EIO'});
  } finally {
    fs.promises.rm = rm;
    syncBuiltinESMExports();
  }
  await removeWork(store, 'mine');
  assert.deepEqual(fs.readdirSync(`${store.root}/work`), []);
});
