import assert from 'node:assert/strict';
import {writeFile} from 'node:fs/promises';
import path from 'node:path';
import {test} from 'node:test';
import {readEnd} from '../../src/base/read-end.ts';
import {TemporaryFolder} from '../support/rigs/temporary-folder.ts';

test('the end of a file is read: a short file whole, and a missing file not at all', async () => {
  await using folder = await TemporaryFolder.create();
  const file = path.join(folder.path, 'log');
  assert.equal(readEnd(file, 4), undefined);
  await writeFile(file, '');
  assert.deepEqual(readEnd(file, 4), {text: '', isAll: true});
  await writeFile(file, 'four');
  assert.deepEqual(readEnd(file, 4), {text: 'four', isAll: true});
  await writeFile(file, 'and five');
  assert.deepEqual(readEnd(file, 4), {text: 'five', isAll: false});
});
