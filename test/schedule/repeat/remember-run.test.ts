import assert from 'node:assert/strict';
import {existsSync, mkdirSync, readFileSync, readdirSync, statSync} from 'node:fs';
import {test} from 'node:test';
import {digestOf} from '../../../src/base/digest.ts';
import type {InstanceGraph, InstanceId} from '../../../src/pipeline/graph/instance.ts';
import {rememberRun, type ShownRun} from '../../../src/schedule/repeat/remember-run.ts';
import {parseRepeat, repeatFiles} from '../../../src/schedule/repeat/repeat.ts';
import {runFolder} from '../../../src/store/layout.ts';
import type {Key, StageRecord} from '../../../src/store/records/record.ts';
import {TemporaryFolder} from '../../support/rigs/temporary-folder.ts';

const request = digestOf('request');

/** A record of a key with one artifact. */
function recordOf(key: string, bytes: string): StageRecord {
  const artifacts = [{digest: digestOf(bytes), sizeBytes: bytes.length}];
  return {
    key: digestOf(key) as string as Key,
    durationMs: 5,
    outputs: {out: {artifacts}},
  } as unknown as StageRecord;
}

/** A run of instances with these results. */
function runOf(root: string, records: readonly StageRecord[]): ShownRun {
  const ids = records.map((_, index) => `i${index}` as InstanceId);
  const instances = new Map(ids.map((id) => [id, {type: {}}]));
  const sources = {pipelines: [], params: [], set: []};
  const graph = {file: 'p.yaml', instances, sources} as unknown as InstanceGraph;
  return {
    request,
    whole: graph,
    graph,
    store: {root},
    result: {
      run: 'r',
      outcome: 'ok',
      records: new Map(ids.map((id, index) => [id, records[index]!])),
      hasReopened: false,
      stateOf: (key) => `1.2 3 ${key.slice(0, 4)}`,
    },
    results: {files: [], gone: []},
    named: [],
    planned: {
      at: '2026-01-01T00:00:00Z',
      kind: 'planned',
      name: 'p',
      stages: {nodes: [], edges: []},
    },
  };
}

/** Remembers a run, and gives the text of its files; `undefined`: there are none. */
async function remembered(
  records: readonly StageRecord[],
  change: (run: ShownRun) => ShownRun = (run) => run,
): Promise<{readonly head: string; readonly hits: string; readonly states: string} | undefined> {
  await using folder = await TemporaryFolder.create();
  const run = runOf(folder.path, records);
  mkdirSync(runFolder(run.store, 'r'), {recursive: true});
  rememberRun(change(run));
  const {head, hits, states} = repeatFiles(run.store, 'r', request);
  if (!existsSync(head)) return undefined;
  const text = (file: string): string => readFileSync(file, 'utf8');
  return {head: text(head), hits: text(hits), states: text(states)};
}

test('a run is remembered with its hits in the order of the pipeline, and each record once', async () => {
  const [a, b] = [recordOf('a', 'A'), recordOf('b', 'B')];
  const found = (await remembered([a, b, a]))!;
  const hits = [a, b, a].map(({key}, index) => [`i${index}`, key, 5]);
  assert.deepEqual(JSON.parse(found.hits), hits);
  const line = ({key, outputs}: StageRecord): string =>
    `${key}\t1.2 3 ${key.slice(0, 4)}\t\t\t\t\t\t\t${outputs['out']!.artifacts[0]!.digest}\t1\n`;
  assert.equal(found.states, line(a) + line(b));
  const repeat = parseRepeat(found.head)!;
  assert.equal(repeat.hits, 3);
  assert.equal(repeat.savedMs, 15);
  assert.equal(repeat.hitsDigest, digestOf(found.hits));
  assert.deepEqual(repeat.states, {
    digest: digestOf(found.states),
    lines: 2,
    pieces: [found.states.length],
  });
});

test('a run that placed the results is named by a name alone', async () => {
  const head = (await remembered([recordOf('a', 'A')]))!.head;
  const json = head.split('\n')[1]!;
  const placedBy = (run: string): string => {
    const changed = JSON.stringify({...(JSON.parse(json) as object), placed: {run, others: 1}});
    return `${digestOf(changed)}\n${changed}\n`;
  };
  assert.equal(parseRepeat(placedBy('r'))!.placed!.run, 'r');
  for (const run of ['..', '../r', '/r', '']) assert.equal(parseRepeat(placedBy(run)), undefined);
});

test('many records are written in pieces of whole lines', async () => {
  const records = Array.from({length: 2500}, (_, index) => recordOf(String(index), 'x'));
  const {head, hits, states} = (await remembered(records))!;
  const {pieces, lines} = parseRepeat(head)!.states;
  assert.equal(lines, 2500);
  assert.ok(pieces.length > 1);
  let at = 0;
  for (const size of pieces) {
    at += size;
    assert.equal(states[at - 1], '\n');
  }
  assert.equal(at, states.length);
  assert.equal(hits.trimEnd().split('\n').length, 3);
});

test('only this user may change what is remembered, whatever files usually are', async () => {
  await using folder = await TemporaryFolder.create();
  const run = runOf(folder.path, [recordOf('a', 'A')]);
  mkdirSync(runFolder(run.store, 'r'), {recursive: true});
  const usual = process.umask(0);
  try {
    rememberRun(run);
  } finally {
    process.umask(usual);
  }
  const files = repeatFiles(run.store, 'r', request);
  const writable = Object.values(files).filter((file) => (statSync(file).mode & 0o022) !== 0);
  assert.deepEqual(writable, []);
  assert.deepEqual(readdirSync(files.folder).length, 3);
});

test('two results of one key, the first of which somebody replaced, are not remembered', async () => {
  assert.equal(await remembered([recordOf('a', 'old'), recordOf('a', 'new')]), undefined);
});

const changes: Readonly<Record<string, (run: ShownRun) => ShownRun>> = {
  'made a result again': (run) => ({...run, result: {...run.result, hasReopened: true}}),
  'was suspended': (run) => ({...run, result: {...run.result, outcome: 'suspended'}}),
  'has an instance without a result': (run) => ({
    ...run,
    result: {...run.result, records: new Map()},
  }),
  'has results that are gone': (run) => ({...run, results: {files: [], gone: ['a']}}),
  'has results that were not placed': (run) => ({
    ...run,
    results: {
      files: [{path: '/x', media: 'text', title: 'x', isProduct: false, isFinal: true}],
      gone: [],
    },
  }),
  'has a record whose state was not noted': (run) => ({
    ...run,
    result: {...run.result, stateOf: () => undefined},
  }),
};

for (const [what, change] of Object.entries(changes)) {
  test(`a run that ${what} is not remembered`, async () => {
    assert.equal(await remembered([recordOf('a', 'A')], change), undefined);
  });
}
