import assert from 'node:assert/strict';
import {mkdirSync, readdirSync, rmSync, writeFileSync} from 'node:fs';
import {test} from 'node:test';
import {inspectStore, openStore} from '../../src/store/open-store.ts';
import {skipWithoutSshfs, WithoutLinks} from '../support/rigs/without-links.ts';
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

test(
  'a store on a file system without hard links is refused with what to do',
  {skip: skipWithoutSshfs},
  async () => {
    await using mounted = await WithoutLinks.mount();
    const opened = await openStore(`${mounted.path}/store`);
    assert.ok(opened.kind === 'unusable');
    assert.match(
      opened.message,
      /^The file system of the store .* has no hard links \(.*\), without which .* Put the store on a file system that has them, .* by --store; /,
    );
  },
);
