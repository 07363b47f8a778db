import assert from 'node:assert/strict';
import {readdir, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {test} from 'node:test';
import {examineFolder} from '../../src/store/examine-folder.ts';
import {FailingCalls} from '../support/rigs/failing-calls.ts';
import {TemporaryFolder} from '../support/rigs/temporary-folder.ts';
import {skipWithoutSshfs, WithoutLinks} from '../support/rigs/without-links.ts';

test('a usual file system does all that a store needs, and nothing is left', async () => {
  await using folder = await TemporaryFolder.create();
  assert.deepEqual(await examineFolder(folder.file('tried')), []);
  assert.deepEqual(await readdir(folder.path), []);
});

test('a file system without hard links is told', {skip: skipWithoutSshfs}, async () => {
  await using mount = await WithoutLinks.mount();
  const unmet = await examineFolder(path.join(mount.path, 'tried'));
  assert.deepEqual(unmet, [{need: 'link', why: 'EPERM'}]);
  assert.deepEqual(await mount.names(), []);
});

test('a folder that cannot be written is told, and nothing else is tried', async () => {
  await using folder = await TemporaryFolder.create();
  await writeFile(folder.file('file'), '');
  const unmet = await examineFolder(folder.file('file/tried'));
  assert.deepEqual(unmet, [{need: 'write', why: 'ENOTDIR'}]);
});

test('a file that cannot be replaced is told', async () => {
  await using folder = await TemporaryFolder.create();
  using _failing = new FailingCalls('rename', 'EEXIST', (file) => file.includes('tried'));
  const unmet = await examineFolder(folder.file('tried'));
  assert.deepEqual(unmet, [{need: 'rename', why: 'EEXIST'}]);
});
