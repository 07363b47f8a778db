import assert from 'node:assert/strict';
import {appendFile, cp, rm, utimes, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {test} from 'node:test';
import {pathToFileURL} from 'node:url';
import {lookAtPath, TooManyEntries} from '../../src/base/look-at-path.ts';
import {DiagnosticLog} from '../../src/diagnostics/diagnostic.ts';
import {lookAtReads} from '../../src/pipeline/nodes/look-at-reads.ts';
import type {InstanceId} from '../../src/pipeline/graph/instance.ts';
import {planGraph} from '../../src/plan/plan-graph.ts';
import {describeReason} from '../../src/report/text/describe.ts';
import {registry} from '../../stages/registry.ts';
import {writePictures} from '../support/data/small-pictures.ts';
import {loadChoice, runInProcess, type InProcessRun} from '../support/rigs/run-in-process.ts';
import {TemporaryFolder} from '../support/rigs/temporary-folder.ts';

/** Gives a run of a pipeline that reads a folder of pictures, and one of the catalog's data sets. */
function given(folder: string, more = ''): InProcessRun {
  const source = pathToFileURL(path.join(folder, 'shapes')).href;
  const text = `
stages:
  mine: {uses: download, with: {dataset: images, source: '${source}'${more}}}
  white: {uses: zca, inputs: {dataset: mine.dataset}, with: {method: standardise}}
  named: {uses: download, with: {dataset: cifar10, source: '${source}'}}
`;
  const store = path.join(folder, 'store');
  return {
    files: {'p.yaml': text},
    store,
    stageTypes: registry,
    wishes: {select: ['white']},
    lookAt: lookAtPath,
  };
}

async function startedBy(run: InProcessRun): Promise<readonly string[]> {
  const {events, outcome} = await runInProcess(run);
  assert.equal(outcome, 'ok', JSON.stringify(events));
  return events.flatMap((event) => (event.kind === 'started' ? [String(event.instance)] : []));
}

/** Gives the reasons why the data set would be made. */
async function reasons(run: InProcessRun): Promise<readonly string[]> {
  const {graph} = await loadChoice(run);
  const {verdict} = planGraph(graph, {root: run.store}).get('mine' as InstanceId)!;
  return verdict.kind === 'hit' ? [] : verdict.reasons.map(describeReason);
}

test('a folder of pictures counts as it is: the data set is made again when a file is added or changes', async () => {
  await using temporary = await TemporaryFolder.create();
  const {path: folder} = temporary;
  const shapes = path.join(folder, 'shapes');
  await writePictures(shapes);
  const run = given(folder);
  // The store was made before keys covered folders.
  const {lookAt: _, ...before} = run;
  assert.deepEqual(await startedBy(before), ['mine', 'white']);
  const count = '16 files';
  assert.deepEqual(await reasons(run), [
    `${shapes} is looked at now, which the key did not cover: ${count}`,
  ]);
  assert.deepEqual(await startedBy(run), ['mine']);
  assert.deepEqual(await startedBy(run), []);
  const {whole} = await loadChoice(run);
  const old = (await loadChoice(before)).whole;
  for (const name of ['named', 'white'] as InstanceId[]) {
    assert.deepEqual(whole.instances.get(name), old.instances.get(name));
  }

  // The bytes are the same, so nothing downstream runs.
  await utimes(path.join(shapes, 'train/dark/1.png'), 1, 1);
  assert.deepEqual(await reasons(run), [`${shapes}: files changed (16 files)`]);
  assert.deepEqual(await startedBy(run), ['mine']);
  const added = path.join(shapes, 'train/dark/9.png');
  await cp(path.join(shapes, 'train/light/1.png'), added);
  await writeFile(path.join(shapes, '.DS_Store'), 'litter');
  assert.deepEqual(await reasons(run), [`${shapes}: 1 file added (now 17 files)`]);
  assert.deepEqual(await startedBy(run), ['mine', 'white']);
  await rm(added);
  assert.deepEqual(await startedBy(run), []);
  await rm(path.join(shapes, 'test'), {recursive: true});
  assert.deepEqual(await reasons(run), [`${shapes}: 9 files removed (now 8 files)`]);
  await rm(shapes, {recursive: true});
  assert.deepEqual(await reasons(run), [`${shapes} is no longer there`]);
});

test('a folder that changes while its pictures are read is refused', async () => {
  await using temporary = await TemporaryFolder.create();
  const {path: folder} = temporary;
  const shapes = path.join(folder, 'shapes');
  await writePictures(shapes);
  const {events, outcome} = await runInProcess({
    ...given(folder),
    lookAt: async (read) => {
      const look = await lookAtPath(read);
      await appendFile(path.join(shapes, 'train/dark/1.png'), ' ');
      return look;
    },
  });
  assert.equal(outcome, 'failed');
  const failed = events.find((event) => event.kind === 'failed');
  assert.ok(failed?.kind === 'failed' && failed.cause.kind === 'stage-error');
  assert.match(failed.cause.message, /shapes was changed after the run had begun\. Run again/);
});

test('a digest says what is to be there, so that the folder is not looked at', async () => {
  const digest = 'a'.repeat(64);
  const {graph} = await loadChoice(given('/nowhere', `, digest: ${digest}`));
  assert.equal(graph.instances.get('mine' as InstanceId)!.looks, undefined);
});

test('a folder with more entries than can be looked at is reported once, whoever reads it', async () => {
  const graph = await loadChoice(given('/nowhere'));
  const mine = graph.whole.instances.get('mine' as InstanceId)!;
  const log = new DiagnosticLog();
  let looks = 0;
  const lookAt = (read: string): Promise<never> => {
    looks++;
    return Promise.reject(new TooManyEntries(`${read} has more than 3 files and folders`));
  };
  await lookAtReads([mine, mine], lookAt, log);
  assert.equal(looks, 1);
  assert.deepEqual(
    log.sorted().map(({code, message}) => [code, message]),
    [['unreadable-file', '/nowhere/shapes has more than 3 files and folders']],
  );
});
