import assert from 'node:assert/strict';
import {existsSync} from 'node:fs';
import {test} from 'node:test';
import {digestOf} from '../../../src/base/digest.ts';
import type {RunEvent} from '../../../src/journal/event.ts';
import {usualWaits} from '../../../src/schedule/delays.ts';
import {repeatRun} from '../../../src/schedule/repeat/repeat-run.ts';
import {repeatFiles, repeatFormat} from '../../../src/schedule/repeat/repeat.ts';
import {openStore} from '../../../src/store/open-store.ts';
import {TemporaryFolder} from '../../support/rigs/temporary-folder.ts';

test('a repeat whose results are gone says so, and is no example for the next run', async () => {
  await using folder = await TemporaryFolder.create();
  const opened = await openStore(folder.file('store'));
  assert.ok(opened.kind === 'ok');
  const {store} = opened;
  const [request, gone] = [digestOf('request'), digestOf('gone')];
  const result = {name: 'a.txt', title: 'a.out', media: 'text', isProduct: false, isFinal: true};
  const repeat = {
    format: repeatFormat,
    reads: {sources: [], variables: [], files: [], looks: []},
    pipeline: 'p.yaml',
    hits: 1,
    savedMs: 5,
    planned: {kind: 'planned', name: 'p', stages: {nodes: [], edges: []}},
    results: [{...result, digest: gone, sizeBytes: 1}],
    hitsDigest: gone,
    states: {digest: gone, lines: 1, pieces: [1]},
  } as const;
  const events: RunEvent[] = [];
  const ended = await repeatRun({run: 'before', repeat, hits: [`[["a","${gone}",5]]`]}, request, {
    store,
    pid: process.pid,
    waits: usualWaits,
    slots: 2,
    facts: {version: '1', node: '20', processor: '', set: []},
    onEvent: (event) => events.push(event),
  });
  assert.deepEqual(ended.results, {files: [], gone: ['a.out']});
  assert.equal(existsSync(repeatFiles(store, ended.run, request).folder), false);
  assert.deepEqual(
    events.map(({kind}) => kind),
    ['run-started', 'planned', 'run-finished'],
  );
});
