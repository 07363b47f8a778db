import assert from 'node:assert/strict';
import {mkdir, symlink, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {test} from 'node:test';
import {lookAtPath, TooManyEntries} from '../../src/base/look-at-path.ts';
import {TemporaryFolder} from '../support/rigs/temporary-folder.ts';

test('links back to a folder that they are in are not followed, and other links are', async () => {
  await using temporary = await TemporaryFolder.create();
  const place = path.join(temporary.path, 'pictures');
  await mkdir(path.join(place, 'cats'), {recursive: true});
  await mkdir(path.join(temporary.path, 'more'));
  await writeFile(path.join(place, 'cats/1.png'), 'one');
  await writeFile(path.join(temporary.path, 'more/2.png'), 'two');
  const {look: before} = await lookAtPath(place);
  for (const name of ['a', 'b', 'c', 'd']) await symlink('..', path.join(place, 'cats', name));
  await symlink('loop', path.join(temporary.path, 'more/loop'));
  // Five entries and two folders: without a limit, a walk in circles would not reach its end.
  const {files, look} = await lookAtPath(place, 6);
  assert.deepEqual([files, look], [1, before]);

  await symlink('../more', path.join(place, 'dogs'));
  const linked = await lookAtPath(place, 9);
  assert.equal(linked.files, 3);
  await assert.rejects(lookAtPath(place, 8), (error) => {
    assert.ok(error instanceof TooManyEntries);
    assert.match(error.message, /pictures has more than 8 files and folders, with links followed/);
    return true;
  });
});
