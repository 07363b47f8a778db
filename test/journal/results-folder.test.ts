import assert from 'node:assert/strict';
import {chmod, mkdir, readFile, rm, stat, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {test} from 'node:test';
import {takeInventory} from '../../src/store/upkeep/inventory.ts';
import {blobPath, resultsListPath, runFolder, type Store} from '../../src/store/layout.ts';
import type {Artifact} from '../../src/store/records/record.ts';
import {ResultsFolder} from '../../src/journal/results-folder.ts';
import {publishTexts} from '../support/texts/publish-texts.ts';
import {TemporaryFolder} from '../support/rigs/temporary-folder.ts';

/** A store with two artifacts. */
async function twoArtifacts(store: Store): Promise<Readonly<Record<'first' | 'second', Artifact>>> {
  const {record} = await publishTexts(store.root, 'attempt', {a: 'first', b: 'other'});
  return {
    first: record.outputs['a']!.artifacts[0]!,
    second: record.outputs['b']!.artifacts[0]!,
  };
}

/** Places artifacts as a run does; gives the paths of the files. */
async function placeAll(
  store: Store,
  run: string,
  artifacts: Readonly<Record<string, Artifact>>,
): Promise<readonly string[]> {
  await mkdir(runFolder(store, run), {recursive: true});
  const folder = new ResultsFolder(store, run);
  const files = Object.entries(artifacts).map(([name, artifact]) => folder.place(name, artifact)!);
  folder.close();
  return files;
}

async function inodeOf(file: string): Promise<number> {
  return (await stat(file)).ino;
}

test('a result that the previous run has placed is the same file, and never one of the store', async () => {
  await using folder = await TemporaryFolder.create();
  const store = {root: folder.path};
  const {first, second} = await twoArtifacts(store);
  const [one] = await placeAll(store, '1', {'a.txt': first});
  const [two, three] = await placeAll(store, '2', {'a.txt': first, 'b.txt': second});
  assert.equal(await inodeOf(two!), await inodeOf(one!));
  assert.equal(await readFile(three!, 'utf8'), 'other');
  assert.notEqual(await inodeOf(two!), await inodeOf(blobPath(store, first.digest)));
});

test('a file that somebody wrote to, replaced or removed is placed anew', async () => {
  await using folder = await TemporaryFolder.create();
  const store = {root: folder.path};
  const {first, second} = await twoArtifacts(store);
  const changes: readonly ((file: string) => Promise<void>)[] = [
    async (file) => {
      await chmod(file, 0o644);
      await writeFile(file, 'mine!');
    },
    async (file) => {
      await rm(file);
      await writeFile(file, 'first');
    },
    async (file) => rm(file),
  ];
  for (const [index, change] of changes.entries()) {
    const [before] = await placeAll(store, `${index} before`, {'a.txt': first});
    await change(before!);
    const [after] = await placeAll(store, `${index} then`, {'a.txt': first});
    assert.equal(await readFile(after!, 'utf8'), 'first');
    assert.equal((await stat(after!)).nlink, 1);
    // Another artifact of the same size replaces the first under the same name.
    const [other] = await placeAll(store, `${index} twice`, {'a.txt': second});
    assert.equal(await readFile(other!, 'utf8'), 'other');
  }
});

test('an artifact that is gone is not placed, and a folder that is gone is not taken for that', async () => {
  await using folder = await TemporaryFolder.create();
  const store = {root: folder.path};
  const {first, second} = await twoArtifacts(store);
  await rm(blobPath(store, first.digest));
  const [one, two] = await placeAll(store, '1', {'a.txt': first, 'b.txt': second});
  assert.equal(one, undefined);
  assert.equal(await readFile(two!, 'utf8'), 'other');
  const results = new ResultsFolder(store, '2');
  await rm(runFolder(store, '2'), {recursive: true});
  assert.throws(() => results.place('c.txt', {...second, sizeBytes: 4}), /ENOENT/);
});

test('a run that is still placing files, and a list that is garbled, are passed over', async () => {
  await using folder = await TemporaryFolder.create();
  const store = {root: folder.path};
  const {first} = await twoArtifacts(store);
  const [one] = await placeAll(store, '1', {'a.txt': first});
  await mkdir(runFolder(store, '2'));
  await mkdir(runFolder(store, '3'));
  await writeFile(resultsListPath(store, '3'), '{"a.txt": {"dig');
  const [four] = await placeAll(store, '4', {'a.txt': first});
  assert.equal(await inodeOf(four!), await inodeOf(one!));
});

test('the age of a run does not change when later runs link its files', async () => {
  await using folder = await TemporaryFolder.create();
  const store = {root: folder.path};
  const {first} = await twoArtifacts(store);
  const [file] = await placeAll(store, '1', {'a.txt': first});
  const {ctimeMs} = await stat(file!);
  // Later runs link the file until the clock of the file system has advanced.
  for (let later = 2; (await stat(file!)).ctimeMs === ctimeMs; later++) {
    await placeAll(store, String(later), {'a.txt': first});
  }
  const list = await stat(resultsListPath(store, '1'));
  const run = takeInventory(store).runs.find((run) => run.run === '1')!;
  assert.equal(run.changedMs, list.ctimeMs);
  assert.equal(path.basename(run.links[0]!.path), 'a.txt');
});
