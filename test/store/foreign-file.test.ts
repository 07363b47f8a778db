import assert from 'node:assert/strict';
import {chmod, chown, mkdir, rm, symlink, writeFile} from 'node:fs/promises';
import {test} from 'node:test';
import {foreignFileFault, foreignFolderFault} from '../../src/store/foreign-file.ts';
import {TemporaryFolder} from '../support/rigs/temporary-folder.ts';

const isRoot = process.getuid?.() === 0;

/** A file that only its owner may change. */
async function fileIn(folder: TemporaryFolder): Promise<string> {
  const file = folder.file('request.json');
  await writeFile(file, '{}');
  await chmod(file, 0o644);
  return file;
}

function says(file: string, why: string): string {
  return `${file} says what is executed in your name, but ${why}.`;
}

test('a file of this user that nobody else may change is theirs, and so is one that is not there', async () => {
  await using folder = await TemporaryFolder.create();
  assert.equal(foreignFileFault(await fileIn(folder)), undefined);
  assert.equal(foreignFileFault(folder.file('none')), undefined);
});

test('a file that the group or all users may change is foreign', async () => {
  await using folder = await TemporaryFolder.create();
  const file = await fileIn(folder);
  for (const mode of [0o664, 0o646]) {
    await chmod(file, mode);
    assert.equal(foreignFileFault(file), says(file, 'other users may change it'));
  }
});

test('a link is foreign, wherever it leads', async () => {
  await using folder = await TemporaryFolder.create();
  const link = folder.file('link');
  await symlink(await fileIn(folder), link);
  assert.equal(foreignFileFault(link), says(link, 'it is a link, or no file at all'));
});

test('a file of another user is foreign, to root as well', {skip: !isRoot}, async () => {
  await using folder = await TemporaryFolder.create();
  const file = await fileIn(folder);
  await chown(file, 65_534, 65_534);
  assert.equal(foreignFileFault(file), says(file, 'it belongs to another user'));
});

test('a folder is written to unless it, or something in it, is a link or another user’s', async () => {
  await using folder = await TemporaryFolder.create();
  const [out, link] = [folder.file('out'), folder.file('link')];
  const says = (path: string, why: string): string =>
    `${path} is written to in your name, but ${why}.`;
  assert.equal(foreignFolderFault(out), undefined);
  await mkdir(out);
  await writeFile(`${out}/1.txt`, '');
  await symlink(out, link);
  assert.equal(foreignFolderFault(out), undefined);
  assert.equal(foreignFolderFault(link), says(link, 'it is a link, or no folder at all'));
  await symlink(`${out}/1.txt`, `${out}/2.txt`);
  assert.equal(foreignFolderFault(out), says(out, '2.txt in it is a link, or no file at all'));
  await rm(`${out}/2.txt`);
  if (!isRoot) return;
  await chown(out, 65_534, 65_534);
  assert.equal(foreignFolderFault(out), says(out, 'it belongs to another user'));
});
