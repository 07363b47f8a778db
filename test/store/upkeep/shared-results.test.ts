import assert from 'node:assert/strict';
import {mkdir, readdir, rm, symlink} from 'node:fs/promises';
import path from 'node:path';
import {test} from 'node:test';
import {ResultsFolder} from '../../../src/journal/results-folder.ts';
import {resultsFolder, runFolder, type Store} from '../../../src/store/layout.ts';
import type {Artifact} from '../../../src/store/records/record.ts';
import {handOnResults, linkFolder, sharersIn} from '../../../src/store/shared-results.ts';
import {planGc, type GcPlan, type Need} from '../../../src/store/upkeep/gc-plan.ts';
import {takeInventory} from '../../../src/store/upkeep/inventory.ts';
import {TemporaryFolder} from '../../support/rigs/temporary-folder.ts';
import {publishTexts} from '../../support/texts/publish-texts.ts';

/** Run 1 has placed an artifact that is large enough to share its bytes with the store; runs 2 and 3 share its folder. */
async function sharing(store: Store): Promise<Artifact> {
  const {record} = await publishTexts(store.root, 'attempt', {a: 'x'.repeat(1 << 20), b: 'b'});
  const artifact = record.outputs['a']!.artifacts[0]!;
  for (const run of ['1', '2', '3']) await mkdir(runFolder(store, run), {recursive: true});
  const folder = new ResultsFolder(store, '1');
  folder.place('a.txt', artifact);
  folder.close();
  for (const run of ['2', '3']) linkFolder(store, '1', run);
  return artifact;
}

/** What would make room if nothing were allowed to stay but what has to. */
function planned(store: Store, pinned: readonly string[]): GcPlan {
  const runs = new Map(pinned.map((run): [string, Need] => [run, {kind: 'pinned', run}]));
  const needs = {runs, keys: new Map(), digests: new Map()};
  const bounds = {nowMs: Date.now(), maxAgeMs: Infinity, maxBytes: 0, withResults: true};
  return planGc(takeInventory(store), needs, bounds);
}

test('results are measured with the runs that keep them', async () => {
  await using folder = await TemporaryFolder.create();
  const store = {root: folder.path};
  await sharing(store);
  assert.deepEqual([...sharersIn(store)], [['1', ['2', '3']]]);
  const told = takeInventory(store).runs.map(({run, hasResults, ownResults, links}) => [
    run,
    hasResults,
    ownResults,
    links.map((link) => link.path),
  ]);
  assert.deepEqual(told, [
    ['1', false, 0, []],
    ['2', true, 0, ['runs/2/results/a.txt']],
    ['3', true, 0, ['runs/3/results/a.txt']],
  ]);
});

test('an artifact stays while a pinned run shares a result that is linked to it', async () => {
  await using folder = await TemporaryFolder.create();
  const store = {root: folder.path};
  const {digest} = await sharing(store);
  const isDoomed = (pinned: readonly string[]): boolean =>
    planned(store, pinned).blobs.some(({blob}) => blob.digest === digest);
  assert.ok(isDoomed([]));
  assert.ok(!isDoomed(['2']));
  assert.ok(!isDoomed(['3']));
});

test('results are handed on, also after a hand-over that was interrupted', async () => {
  await using folder = await TemporaryFolder.create();
  const store = {root: folder.path};
  await sharing(store);
  // The first step of a hand-over: the others follow the heir, which still follows the placer.
  await rm(resultsFolder(store, '2'));
  await symlink('../3/results', resultsFolder(store, '2'));
  handOnResults(store, '1');
  for (const run of ['2', '3']) {
    assert.deepEqual(await readdir(resultsFolder(store, run)), ['a.txt'], run);
  }
  handOnResults(store, '2');
  assert.deepEqual(
    [...sharersIn(store)],
    [['3', ['2']]],
    'a run that shares has nothing to hand on',
  );
});

test('a link that leads out of the runs is no shared folder', async () => {
  await using folder = await TemporaryFolder.create();
  const store = {root: folder.path};
  await mkdir(runFolder(store, '1'), {recursive: true});
  for (const target of [
    '../../results',
    '../../../1/results',
    '/etc/results',
    '../1/logs',
    'results',
  ]) {
    await symlink(target, resultsFolder(store, '1'));
    assert.equal(sharersIn(store).size, 0, target);
    await mkdir(path.join(folder.path, 'runs/2'), {recursive: true});
    linkFolder(store, '1', '2');
    assert.deepEqual([...sharersIn(store)], [['1', ['2']]], target);
    await rm(resultsFolder(store, '1'));
    await rm(resultsFolder(store, '2'));
  }
});
