import assert from 'node:assert/strict';
import {mkdir, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {test} from 'node:test';
import {commitOf} from '../../../src/cli/pipeline/run-facts.ts';
import {TemporaryFolder} from '../../support/rigs/temporary-folder.ts';

const [one, other] = ['1'.repeat(40), '2'.repeat(40)];

test('the commit is found from a folder below: detached, by a branch, by a packed branch, in a further working tree', async () => {
  await using folder = await TemporaryFolder.create();
  const put = async (name: string, text: string): Promise<void> => {
    await mkdir(path.dirname(folder.file(name)), {recursive: true});
    await writeFile(folder.file(name), text);
  };
  const below = folder.file('pipelines');
  await put('pipelines/p.yaml', '');
  await put('.git/HEAD', `${one}\n`);
  assert.equal(commitOf(below), one);
  await put('.git/HEAD', 'ref: refs/heads/a/b\n');
  await put('.git/packed-refs', `# pack-refs\n${other} refs/heads/a/b\n`);
  assert.equal(commitOf(below), other);
  await put('.git/refs/heads/a/b', `${one}\n`);
  assert.equal(commitOf(below), one);
  await put('tree/.git', `gitdir: ${folder.file('.git/worktrees/tree')}\n`);
  await put('.git/worktrees/tree/HEAD', 'ref: refs/heads/a/b\n');
  await put('.git/worktrees/tree/commondir', '../..\n');
  assert.equal(commitOf(folder.file('tree')), one);
});

test('a repository without a commit, and one whose files are odd, have none', async () => {
  await using folder = await TemporaryFolder.create();
  await mkdir(folder.file('.git'));
  for (const head of ['ref: refs/heads/main\n', 'ref: ../../secret\n', '', 'x'.repeat(100)]) {
    await writeFile(folder.file('.git/HEAD'), head);
    assert.equal(commitOf(folder.path), undefined, head);
  }
});
