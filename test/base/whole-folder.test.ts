import assert from 'node:assert/strict';
import {mkdir, readdir, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {test} from 'node:test';
import {makeWholeFolder} from '../../src/base/whole-folder.ts';
import {TemporaryFolder} from '../support/rigs/temporary-folder.ts';

test('a folder appears when it is complete', async () => {
  await using temp = await TemporaryFolder.create();
  const target = path.join(temp.path, 'new/made');
  const made = await makeWholeFolder(target, async (folder) => {
    await writeFile(path.join(folder, 'a'), '1');
    await assert.rejects(readdir(target), {code: 'ENOENT'});
    return 'what was made';
  });
  assert.equal(made, 'what was made');
  assert.deepEqual(await readdir(target), ['a']);
});

test('nothing is left of a folder that could not be completed, or whose place is taken', async () => {
  await using temp = await TemporaryFolder.create();
  const target = path.join(temp.path, 'made');
  const fill = (folder: string) => writeFile(path.join(folder, 'a'), '1');
  const failing = makeWholeFolder(target, async (folder) => {
    await fill(folder);
    throw new Error('full');
  });
  await assert.rejects(failing, /^Error: full$/);
  assert.deepEqual(await readdir(temp.path), []);
  await mkdir(path.join(target, 'own'), {recursive: true});
  await assert.rejects(makeWholeFolder(target, fill), {code: 'ENOTEMPTY'});
  assert.deepEqual(await readdir(temp.path), ['made']);
  assert.deepEqual(await readdir(target), ['own']);
});
