import assert from 'node:assert/strict';
import {mkdirSync, readdirSync, rmSync, writeFileSync} from 'node:fs';
import {test} from 'node:test';
import {inspectStore, openStore} from '../../src/store/open-store.ts';
import {TemporaryFolder} from '../support/rigs/temporary-folder.ts';

test('a folder with files of something else is no store, and stays as it is', async () => {
  await using folder = await TemporaryFolder.create();
  writeFileSync(folder.file('thesis.tex'), '');
  const opened = await openStore(folder.path);
  assert.ok(opened.kind === 'unusable');
  assert.match(opened.message, /^The folder .* has files and is no store: nothing was written\./);
  assert.deepEqual(readdirSync(folder.path), ['thesis.tex']);
});

test('an empty folder, a new disk, hidden files, a README, and a store that lost its file are stores', async () => {
  await using folder = await TemporaryFolder.create();
  mkdirSync(folder.file('lost+found'));
  writeFileSync(folder.file('.gitignore'), '*');
  writeFileSync(folder.file('README.md'), 'Results.');
  assert.equal(inspectStore(folder.path).kind, 'ok');
  assert.equal((await openStore(folder.path)).kind, 'ok');
  mkdirSync(folder.file('records'));
  writeFileSync(folder.file('notes.txt'), '');
  rmSync(folder.file('store.json'));
  assert.equal((await openStore(folder.path)).kind, 'ok');
});
