import assert from 'node:assert/strict';
import {mkdir, symlink, writeFile} from 'node:fs/promises';
import {test} from 'node:test';
import {ProgramFailure} from '../../src/worker/program-failure.ts';
import {takeOutput} from '../../src/worker/program-outputs.ts';
import {TemporaryFolder} from '../support/rigs/temporary-folder.ts';

const odd = {
  'a link to itself': ['out.txt', 'a link that leads back to itself (ELOOP)'],
  'a link to a name that is too long': [
    'x'.repeat(300),
    'a link to a name that is too long (ENAMETOOLONG)',
  ],
  'a link through a file': ['file/name', 'below something that is no folder (ENOTDIR)'],
  'a folder': ['folder', 'a folder'],
} as const;

for (const [name, [target, what]] of Object.entries(odd)) {
  test(`an output that is ${name} is refused with a sentence`, async () => {
    await using folder = await TemporaryFolder.create();
    await writeFile(folder.file('file'), '');
    await mkdir(folder.file('folder'));
    await symlink(target, folder.file('out.txt'));
    await assert.rejects(takeOutput('o', folder.file('out.txt'), folder.file('taken')), (error) => {
      assert.ok(error instanceof ProgramFailure);
      const message = `The output o (out.txt) is ${what}, not a file.`;
      assert.deepEqual(error.failure, {kind: 'bad-output', message});
      return true;
    });
  });
}

test('a missing output is left for publishing to report', async () => {
  await using folder = await TemporaryFolder.create();
  await symlink('nowhere', folder.file('dangling'));
  await takeOutput('o', folder.file('out.txt'), folder.file('taken'));
  await takeOutput('o', folder.file('dangling'), folder.file('taken'));
});
