import assert from 'node:assert/strict';
import {createHash} from 'node:crypto';
import {writeFile} from 'node:fs/promises';
import path from 'node:path';
import {test} from 'node:test';
import {digestFile} from '../../src/base/digest.ts';
import {TemporaryFolder} from '../support/rigs/temporary-folder.ts';

test('the digest of a file of any length is that of its bytes, and each byte is told once', async () => {
  await using folder = await TemporaryFolder.create();
  const file = path.join(folder.path, 'file');
  for (const length of [0, 1, 1 << 20, (1 << 20) + 1, 3_000_000]) {
    const bytes = Buffer.alloc(length, 'distillery');
    await writeFile(file, bytes);
    let told = 0;
    const digest = await digestFile(file, (count) => (told += count));
    assert.equal(digest, createHash('sha256').update(bytes).digest('hex'));
    assert.equal(told, length);
  }
});

test('a path without a regular file has no digest', async () => {
  await using folder = await TemporaryFolder.create();
  await assert.rejects(digestFile(folder.path), {code: 'EISDIR'});
  await assert.rejects(digestFile(path.join(folder.path, 'none')), {code: 'ENOENT'});
  await assert.rejects(digestFile('/dev/zero'), {code: 'EINVAL'});
});
