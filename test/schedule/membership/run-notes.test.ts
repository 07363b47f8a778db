import assert from 'node:assert/strict';
import {mkdir, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {test} from 'node:test';
import {digestOf} from '../../../src/base/digest.ts';
import {askToStop, isAskedToStop, RunNotes} from '../../../src/schedule/membership/run-notes.ts';
import {failurePath, stopPath} from '../../../src/store/layout.ts';
import type {Key} from '../../../src/store/records/record.ts';
import {TemporaryFolder} from '../../support/rigs/temporary-folder.ts';

const run = '20260101-000000.000-abcdef';
const key = digestOf('key') as string as Key;
const killed = {cause: {kind: 'killed', signal: 'SIGKILL'}, isFinal: false} as const;
const refused = {cause: {kind: 'stage-error', message: 'No.'}, isFinal: true} as const;

test('failures of two members at a key are counted together, in order', async () => {
  await using folder = await TemporaryFolder.create();
  const [one, two] = [notesIn(folder.path), notesIn(folder.path)];
  assert.deepEqual(one.failuresOf(key), []);
  await Promise.all([one.addFailure(key, killed), two.addFailure(key, killed)]);
  await two.addFailure(key, refused);
  assert.deepEqual(one.failuresOf(key), [killed, killed, refused]);
});

test('a final failure of another member is known by its key', async () => {
  await using folder = await TemporaryFolder.create();
  const [one, two] = [notesIn(folder.path), notesIn(folder.path)];
  await two.addFailure(key, killed);
  assert.deepEqual([...one.finalFailures()], []);
  await two.addFailure(key, refused);
  assert.deepEqual([[...one.finalFailures()], [...one.finalFailures()]], [[key], [key]]);
});

test('a forced key is noted once for all', async () => {
  await using folder = await TemporaryFolder.create();
  const [one, two] = [notesIn(folder.path), notesIn(folder.path)];
  assert.equal(one.isForcedMade(key), false);
  await Promise.all([one.noteForced(key), two.noteForced(key)]);
  assert.equal(two.isForcedMade(key), true);
});

test('a run is asked to stop once, however often', async () => {
  await using folder = await TemporaryFolder.create();
  const store = {root: folder.path};
  assert.equal(isAskedToStop(store, run), false);
  await askToStop(store, run);
  await askToStop(store, run);
  assert.equal(isAskedToStop(store, run), true);
});

test('notes that are none of ours count as absent', async () => {
  await using folder = await TemporaryFolder.create();
  const store = {root: folder.path};
  const notes = notesIn(folder.path);
  const first = failurePath(store, run, key, 1);
  await mkdir(path.dirname(first), {recursive: true});
  const texts = ['', '{', 'null', '{"cause":{"kind":"bad"},"isFinal":true}', '{"isFinal":true}'];
  for (const text of texts) {
    await writeFile(first, text);
    assert.deepEqual(notes.failuresOf(key), []);
    assert.equal(notesIn(folder.path).finalFailures().size, 0);
  }
  await writeFile(path.join(path.dirname(first), 'x.y.json'), JSON.stringify(refused));
  assert.equal(notesIn(folder.path).finalFailures().size, 0);
  // A note of ours comes after it.
  await notes.addFailure(key, refused);
  assert.deepEqual(notes.failuresOf(key), [refused]);
  for (const text of ['', '[]', '{"how":"now"}', 'null']) {
    await writeFile(stopPath(store, run), text);
    assert.equal(isAskedToStop(store, run), false);
  }
});

function notesIn(root: string): RunNotes {
  return new RunNotes({root}, run);
}
