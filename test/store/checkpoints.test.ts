import assert from 'node:assert/strict';
import {existsSync, rmdirSync} from 'node:fs';
import {readFile, readdir, stat, unlink, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {test} from 'node:test';
import {digestOf} from '../../src/base/digest.ts';
import {
  latestCheckpoint,
  removeCheckpoints,
  saveCheckpoint,
  type SavedState,
} from '../../src/store/checkpoints.ts';
import type {Key} from '../../src/store/records/record.ts';
import {TemporaryFolder} from '../support/rigs/temporary-folder.ts';

const key = 'ab'.repeat(32) as Key;

function state(text: string): SavedState {
  const bytes = new Map([['a name / of anything', Buffer.from(text)]]);
  return {state: bytes, durationMs: 7, files: new Map()};
}

async function latestText(root: string): Promise<string | undefined> {
  const saved = await latestCheckpoint({root}, key);
  const bytes = saved?.state.get('a name / of anything');
  return bytes === undefined ? undefined : Buffer.from(bytes).toString();
}

test('the newest checkpoint is found, and two are kept', async () => {
  await using folder = await TemporaryFolder.create();
  const root = folder.path;
  assert.equal(await latestText(root), undefined);
  for (const text of ['one', 'two', 'three']) await saveCheckpoint({root}, key, state(text));
  assert.equal(await latestText(root), 'three');
  assert.equal((await latestCheckpoint({root}, key))?.durationMs, 7);
  assert.deepEqual((await readdir(path.join(root, 'checkpoints', key))).sort(), ['2', '3']);
  await removeCheckpoints({root}, key);
  assert.equal(await latestText(root), undefined);
});

test('a damaged checkpoint falls back to the one before', async () => {
  await using folder = await TemporaryFolder.create();
  const root = folder.path;
  for (const text of ['one', 'two']) await saveCheckpoint({root}, key, state(text));
  const checkpoints = path.join(root, 'checkpoints', key);
  await writeFile(path.join(checkpoints, '2', '0'), 'tvo');
  assert.equal(await latestText(root), 'one');
  await writeFile(path.join(checkpoints, '1', 'MANIFEST'), '{"format": 1, "fil');
  assert.equal(await latestText(root), undefined);
});

test('finished files are kept by a link and outlive the attempt; if one is damaged, so is the checkpoint', async () => {
  await using folder = await TemporaryFolder.create();
  const root = folder.path;
  const made = folder.file('snapshot');
  await writeFile(made, 'pixels');
  const files = new Map([['snapshot', {path: made, digest: digestOf('pixels')}]]);
  await saveCheckpoint({root}, key, {...state('one'), files});
  await saveCheckpoint({root}, key, {...state('two'), files});
  // The file has one link here and one in each checkpoint: it was not copied.
  assert.equal((await stat(made)).nlink, 3);
  await unlink(made);
  const kept = (await latestCheckpoint({root}, key))!.files.get('snapshot')!;
  assert.equal(await readFile(kept.path, 'utf8'), 'pixels');
  assert.equal(kept.digest, digestOf('pixels'));
  await unlink(kept.path);
  assert.equal(await latestText(root), 'one');
  await writeFile((await latestCheckpoint({root}, key))!.files.get('snapshot')!.path, 'pixals');
  assert.equal(await latestText(root), undefined);
});

test('a checkpoint leaves its place at once before it is removed', async () => {
  await using folder = await TemporaryFolder.create();
  const store = {root: folder.path};
  const place = path.join(store.root, 'checkpoints', key);
  const asides: boolean[] = [];
  for (const text of ['one', 'two', 'three']) {
    await saveCheckpoint(store, key, state(text), (step) => {
      if (step === 'older-aside') asides.push(existsSync(path.join(place, '1')));
    });
  }
  await removeCheckpoints(store, key, () => asides.push(existsSync(place)));
  assert.deepEqual(asides, [false, false]);
});

test('a checkpoint is saved although its folder is removed on the way', async () => {
  await using folder = await TemporaryFolder.create();
  const store = {root: folder.path};
  await saveCheckpoint(store, key, state('one'), (step) => {
    if (step === 'key-folder') rmdirSync(path.join(store.root, 'checkpoints', key));
  });
  assert.equal(await latestText(store.root), 'one');
});
