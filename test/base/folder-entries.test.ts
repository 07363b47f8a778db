import assert from 'node:assert/strict';
import {mkdir, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {test} from 'node:test';
import {entriesIn, namesIn} from '../../src/base/folder-entries.ts';
import {TemporaryFolder} from '../support/rigs/temporary-folder.ts';

test('a folder that is not there has no names, and neither has a file in its place', async () => {
  await using folder = await TemporaryFolder.create();
  await mkdir(path.join(folder.path, 'inner'));
  await writeFile(path.join(folder.path, 'file'), '');
  assert.deepEqual(namesIn(folder.path).toSorted(), ['file', 'inner']);
  const inner = entriesIn(folder.path).find(({name}) => name === 'inner');
  assert.ok(inner?.isDirectory());
  assert.deepEqual(namesIn(path.join(folder.path, 'none')), []);
  assert.deepEqual(entriesIn(path.join(folder.path, 'file')), []);
  // Other errors are thrown. Only a missing folder counts as empty.
  assert.throws(() => namesIn(path.join(folder.path, 'x'.repeat(300))), {code: 'ENAMETOOLONG'});
});
