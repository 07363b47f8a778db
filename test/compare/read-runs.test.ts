import assert from 'node:assert/strict';
import {mkdir, rm, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {test} from 'node:test';
import {readComparison, readSummaries} from '../../src/compare/read-runs.ts';
import {RunMetrics} from '../../src/compare/run-metrics.ts';
import type {RunSummary} from '../../src/compare/run-summary.ts';
import {listRuns} from '../../src/journal/find-run.ts';
import type {InstanceId} from '../../src/pipeline/graph/instance.ts';
import {recordPath, type Store} from '../../src/store/layout.ts';
import {CountedCalls} from '../support/rigs/counted-calls.ts';
import {TemporaryFolder} from '../support/rigs/temporary-folder.ts';
import {done, keyOf} from '../support/rigs/told-run.ts';
import {runAt, storedScores, tellRun} from '../support/rigs/told-store.ts';
import {offers} from '../../stages/offers.ts';

const readingOf = (store: Store) => ({
  store,
  metrics: new RunMetrics({store, drawings: offers.drawings}),
  nowMs: Date.UTC(2026, 0, 2),
});

async function summariesOf(store: Store): Promise<readonly RunSummary[]> {
  const found: RunSummary[] = [];
  for await (const run of readSummaries(listRuns(store), readingOf(store))) found.push(run);
  return found;
}

test('a run is summed up with what was set, its parameters and its metrics', async () => {
  await using folder = await TemporaryFolder.createInMemory();
  const store = {root: folder.path};
  const scores = await storedScores(store, 0.25, 0.75);
  const run = await tellRun(store, 5, {
    events: [done('scores', {outputs: {scores}})],
    set: ['steps=5', 'word=a=b', 'odd'],
    params: {steps: 5},
  });
  assert.deepEqual(await summariesOf(store), [
    {
      run,
      pipeline: 'p.yaml',
      startMs: Date.UTC(2026, 0, 1, 0, 5),
      durationMs: 5000,
      outcome: 'ok',
      instances: 1,
      hits: 0,
      ran: 1,
      failed: 0,
      set: new Map([
        ['steps', '5'],
        ['word', 'a=b'],
        ['odd', ''],
      ]),
      params: new Map([['steps', 5]]),
      facts: {version: '1', processor: 'p', node: '20'},
      metrics: new Map([
        [
          'scores.scores.accuracy',
          {
            name: 'scores.scores.accuracy',
            column: 'accuracy',
            value: 0.5,
            best: 'highest',
            count: 1,
            total: 1,
          },
        ],
      ]),
    },
  ]);
});

test('of a thousand runs each journal is opened once, and what they share is read once', async () => {
  await using folder = await TemporaryFolder.createInMemory();
  const store = {root: folder.path};
  const scores = await storedScores(store, 0.5);
  const hit = (instance: string) =>
    ({kind: 'hit', instance: instance as InstanceId, key: keyOf(instance), savedMs: 1}) as const;
  await tellRun(store, 0, {events: [done('scores', {outputs: {scores}}), done('other')]});
  for (let minute = 1; minute < 1000; minute++) {
    await tellRun(store, minute, {events: [hit('scores'), hit('other'), hit('gone')]});
  }
  using opened = new CountedCalls('openSync');
  const found = await summariesOf(store);
  assert.equal(found.length, 1000);
  assert.ok(found.every(({metrics}) => metrics.get('scores.scores.accuracy')?.value === 0.5));
  // The journals, and for each of the three keys that runs found stored one look at the record that the store has now.
  assert.equal(opened.take(), 1003);
});

test('a hit has the numbers of the record that the store has, in whichever order runs are read', async () => {
  await using folder = await TemporaryFolder.createInMemory();
  const store = {root: folder.path};
  const record = recordPath(store, keyOf('scores'));
  const made = async (minute: number, accuracy: number): Promise<string> => {
    const event = done('scores', {outputs: {scores: await storedScores(store, accuracy)}});
    await mkdir(path.dirname(record), {recursive: true});
    await writeFile(record, JSON.stringify(event.record));
    return await tellRun(store, minute, {events: [event]});
  };
  const [first, second] = [await made(1, 0.25), await made(2, 0.75)];
  const instance = 'scores' as InstanceId;
  const hit = {kind: 'hit', instance, key: keyOf('scores'), savedMs: 1} as const;
  const third = await tellRun(store, 3, {events: [hit]});
  for (const [runs, values] of [
    [
      [first, second, third],
      [0.25, 0.75, 0.75],
    ],
    [
      [third, second, first],
      [0.75, 0.75, 0.25],
    ],
    [
      [second, third, first],
      [0.75, 0.75, 0.25],
    ],
    [
      [first, third],
      [0.25, 0.75],
    ],
  ] as const) {
    const {metrics} = await readComparison(runs, readingOf(store));
    assert.deepEqual(metrics[0]?.values, values);
  }
  // Where the record is gone, the journals still tell the result.
  await rm(record);
  const {metrics} = await readComparison([second, third], readingOf(store));
  assert.deepEqual(metrics[0]?.values, [0.75, 0.75]);
});

test('a run that was ended before it had begun, and one without a journal, are in the list', async () => {
  await using folder = await TemporaryFolder.createInMemory();
  const store = {root: folder.path};
  await tellRun(store, 1, {events: []});
  await mkdir(folder.file(`runs/${runAt(2)}`));
  await writeFile(folder.file(`runs/${runAt(2)}/events.jsonl`), '{"torn');
  const [, begun] = await summariesOf(store);
  assert.deepEqual([begun?.run, begun?.outcome, begun?.pipeline], [runAt(2), 'killed', undefined]);
});

test('runs are compared by their journals alone where results and fingerprints are gone', async () => {
  await using folder = await TemporaryFolder.createInMemory();
  const store = {root: folder.path};
  const outputs = {scores: await storedScores(store, 0.5)};
  const better = {scores: await storedScores(store, 0.75)};
  const runs = [
    await tellRun(store, 1, {params: {n: 1}, events: [done('scores', {outputs}), done('same')]}),
    await tellRun(store, 2, {
      params: {n: 2},
      events: [done('scores', {key: keyOf('x'), outputs: better}), done('same')],
    }),
  ];
  const {parameters, metrics, instances} = await readComparison(runs, readingOf(store));
  assert.deepEqual(parameters, [{names: ['n'], values: [1, 2]}]);
  assert.deepEqual(
    metrics.map(({name, differences}) => [name, differences]),
    [['scores.scores.accuracy', [0, 0.25]]],
  );
  assert.deepEqual(
    instances.map(({instance, sameAs}) => [instance, sameAs]),
    [
      ['same', [0, 0]],
      ['scores', [0, 1]],
    ],
  );
});
