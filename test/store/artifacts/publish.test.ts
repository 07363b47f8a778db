import assert from 'node:assert/strict';
import {chmod, readFile, readdir, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {test} from 'node:test';
import {stageKey} from '../../../src/store/records/stage-key.ts';
import {findRecord} from '../../../src/store/records/find-record.ts';
import {blobPath} from '../../../src/store/layout.ts';
import {publish} from '../../../src/store/artifacts/publish.ts';
import {fingerprintOfTexts, publishTexts} from '../../support/texts/publish-texts.ts';
import {TemporaryFolder} from '../../support/rigs/temporary-folder.ts';
import {commonMedia, type MediaDefinition} from '../../../src/contract/media.ts';
import {verifyStore} from '../../../src/store/upkeep/verify-store.ts';

const fingerprint = fingerprintOfTexts();
const key = stageKey(fingerprint);

test('of many publications of different bytes under one key exactly one record stays, and the others learn the differences', async () => {
  await using folder = await TemporaryFolder.create();
  const root = folder.path;
  const attempts = Array.from({length: 8}, (_, index) => `attempt-${index}`);
  const published = await Promise.all(
    attempts.map((attempt) => publishTexts(root, attempt, {a: 'same', b: attempt})),
  );
  const found = findRecord({root}, key);
  assert.ok(found.kind === 'hit');
  for (const [index, result] of published.entries()) {
    assert.deepEqual(result.record, found.record);
    const isFirst: boolean = found.record.attempt === attempts[index];
    assert.deepEqual(result.diverged, isFirst ? [] : ['b']);
  }
  const {digest} = found.record.outputs['b']!.artifacts[0]!;
  assert.equal(await readFile(blobPath({root}, digest), 'utf8'), found.record.attempt);
});

test('a damaged artifact is found when it is looked up, and publishing sets it aside for the right bytes', async () => {
  await using folder = await TemporaryFolder.create();
  const store = {root: folder.path};
  const texts = {a: '| 1 |', b: '| 2 |'};
  const {record} = await publishTexts(store.root, 'first', texts);
  const blob = blobPath(store, record.outputs['a']!.artifacts[0]!.digest);
  await chmod(blob, 0o644);
  await writeFile(blob, '| 7 |');
  const found = findRecord(store, key);
  assert.ok(found.kind === 'artifact-damaged' && found.output === 'a');

  await publishTexts(store.root, 'second', texts);
  assert.equal(findRecord(store, key).kind, 'hit');
  assert.equal(await readFile(blob, 'utf8'), '| 1 |');
  const [aside] = await readdir(path.join(store.root, 'quarantine'));
  assert.equal(await readFile(path.join(store.root, 'quarantine', aside!), 'utf8'), '| 7 |');
});

test('equal bytes under one key do not differ', async () => {
  await using folder = await TemporaryFolder.create();
  await publishTexts(folder.path, 'one', {a: 'x', b: 'y'});
  const again = await publishTexts(folder.path, 'two', {a: 'x', b: 'y'});
  assert.equal(again.record.attempt, 'one');
  assert.deepEqual(again.diverged, []);
});

test('an output that was not written is named, and nothing is stored', async () => {
  await using folder = await TemporaryFolder.create();
  const published = await publish({
    store: {root: folder.path},
    fingerprint,
    drafts: {out: {media: commonMedia.get('text')!, files: [path.join(folder.path, 'nothing')]}},
    provenance: {
      key,
      type: 'say',
      attempt: 'a',
      startedAt: '',
      finishedAt: '',
      durationMs: 1,
      host: '',
      node: '',
      provenance: {},
    },
    failpoint: () => undefined,
  });
  assert.deepEqual(published, {kind: 'bad-output', message: 'The output out was not written.'});
  assert.equal(findRecord({root: folder.path}, key).kind, 'none');
});

test('a JSON file that is none is refused when it is published; verify takes what was stored before that check', async () => {
  await using folder = await TemporaryFolder.create();
  const store = {root: folder.path};
  const file = path.join(folder.path, 'draft');
  const json = commonMedia.get('json')!;
  const publishAs = async (media: MediaDefinition): ReturnType<typeof publish> => {
    await writeFile(file, '{not json');
    const origin = {key, type: 'say', attempt: 'a', startedAt: '', finishedAt: '', durationMs: 1};
    return await publish({
      store,
      fingerprint,
      drafts: {out: {media, files: [file]}},
      provenance: {...origin, host: '', node: '', provenance: {}},
      failpoint: () => undefined,
    });
  };
  const refused = await publishAs(json);
  assert.ok(refused.kind === 'bad-output' && refused.message.includes('(out.json) is no sound JSON: line 1'));

  const {form: _, ...before} = json;
  assert.equal((await publishAs(before)).kind, 'published');
  const {findings, artifacts} = await verifyStore(store, commonMedia, () => undefined);
  assert.deepEqual([findings, artifacts], [[], 1]);
});
