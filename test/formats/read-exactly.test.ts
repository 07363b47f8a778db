import assert from 'node:assert/strict';
import {open, writeFile} from 'node:fs/promises';
import type {FileHandle} from 'node:fs/promises';
import path from 'node:path';
import {test} from 'node:test';
import {CorruptFile} from '../../src/formats/file-fault.ts';
import {fillExactly, readExactly, readUpTo} from '../../src/formats/read-exactly.ts';
import {TemporaryFolder} from '../support/rigs/temporary-folder.ts';

async function withFile(use: (handle: FileHandle) => Promise<void>): Promise<void> {
  await using folder = await TemporaryFolder.create();
  const file = path.join(folder.path, 'file');
  await writeFile(file, Uint8Array.of(0, 1, 2, 3, 4, 5));
  const handle = await open(file);
  try {
    await use(handle);
  } finally {
    await handle.close();
  }
}

test('bytes are read from a position, and a file that ends before them is corrupt', async () => {
  await withFile(async (handle) => {
    const file = {handle, path: 'the file'};
    assert.deepEqual([...(await readExactly(file, 2, 4))], [2, 3, 4, 5]);
    const bytes = Uint8Array.of(9, 9, 9);
    await fillExactly(file, 1, bytes.subarray(1));
    assert.deepEqual([...bytes], [9, 1, 2]);
    await assert.rejects(readExactly(file, 3, 4), new CorruptFile('the file', 'cut short'));
    const within = new CorruptFile('the file', 'it ends within theta');
    await assert.rejects(readExactly(file, 7, 1, 'theta'), within);
    assert.equal((await readExactly(file, 7, 0)).length, 0);
  });
});

test('fewer bytes are read where fewer would do', async () => {
  await withFile(async (handle) => {
    assert.deepEqual([...(await readUpTo(handle, 4, 9))], [4, 5]);
    assert.deepEqual([...(await readUpTo(handle, 9, 1))], []);
  });
});

test('a system that gives bytes one at a time is asked again', async () => {
  await withFile(async (handle) => {
    const slow: Pick<FileHandle, 'read'> = {
      read: ((bytes: Uint8Array, offset: number, _: number, position: number) =>
        handle.read(bytes, offset, 1, position)) as FileHandle['read'],
    };
    const file = {handle: slow as FileHandle, path: 'the file'};
    assert.deepEqual([...(await readExactly(file, 1, 3))], [1, 2, 3]);
  });
});
