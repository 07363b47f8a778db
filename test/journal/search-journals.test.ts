/** Tests searches for instances and results in the journals of many runs. */
import assert from 'node:assert/strict';
import {mkdir, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {test} from 'node:test';
import type {RunEvent, RunEventBody} from '../../src/journal/event.ts';
import {InstanceTraces} from '../../src/journal/instance-traces.ts';
import {instancesByKey} from '../../src/journal/instances-by-key.ts';
import type {InstanceId} from '../../src/pipeline/graph/instance.ts';
import type {Store} from '../../src/store/layout.ts';
import {begun, done, keyOf, toldAt} from '../support/rigs/told-run.ts';
import {TemporaryFolder} from '../support/rigs/temporary-folder.ts';

const [a, b] = ['a', 'b'] as InstanceId[];

/** The name of the run of a day in 2026. */
function runOf(day: number): string {
  const date = new Date(Date.UTC(2026, 0, day)).toISOString().slice(0, 10);
  return `${date.replaceAll('-', '')}-000000.000-aaaaaa`;
}

async function writeJournal(
  store: Store,
  day: number,
  events: readonly RunEvent[],
  damage = '',
): Promise<string> {
  const folder = path.join(store.root, 'runs', runOf(day));
  await mkdir(folder, {recursive: true});
  const lines = events.map((event) => `${JSON.stringify(event)}\n`);
  const file = path.join(folder, 'events.jsonl');
  await writeFile(file, damage + lines.join(''));
  return file;
}

function startOf(instance: string): Extract<RunEventBody, {kind: 'started'}> {
  const event = begun(instance);
  assert.ok(event.kind === 'started');
  return event;
}

const hit = (instance: string): RunEvent[] => [
  ...toldAt([0, {kind: 'hit', instance: instance as InstanceId, key: keyOf('b'), savedMs: 1}]),
];

test('traces are those of the newest run, and journals are read once for all instances', async () => {
  await using folder = await TemporaryFolder.createInMemory();
  const store = {root: folder.path};
  const forced: RunEventBody = {...startOf('b'), attempt: 'again', reasons: [{kind: 'forced'}]};
  await writeJournal(store, 1, toldAt([0, begun('a')], [1, done('a')], [1, begun('b')]));
  const journal = await writeJournal(
    store,
    2,
    [...hit('a'), ...toldAt([1, begun('b')], [2, forced])],
    '{"at": "torn\n',
  );
  const traces = new InstanceTraces(store);
  const summary = (trace: ReturnType<typeof traces.latest>): readonly unknown[] => [
    trace?.run,
    trace?.last.kind,
    trace?.key,
    trace?.reasons?.map(({kind}) => kind),
  ];
  assert.deepEqual(summary(traces.latest(b!)), [runOf(2), 'started', keyOf('b'), ['never-run']]);
  // The journal is not needed any more.
  await writeFile(journal, '');
  assert.deepEqual(summary(traces.latest(a!)), [runOf(2), 'hit', keyOf('b'), undefined]);
  assert.equal(traces.latest('c' as InstanceId), undefined);
  const originOf = (attempt: string, startedAt = '2026-01-02T00:00:00.000Z') =>
    summary(traces.originOf({attempt, startedAt}));
  assert.deepEqual(originOf('again'), [runOf(2), 'started', undefined, ['forced']]);
  assert.equal(originOf('a')[0], runOf(1));
  assert.equal(originOf('gone')[0], undefined);
});

test('keys are named by the newest fifty runs, of damaged journals too', async () => {
  await using folder = await TemporaryFolder.createInMemory();
  const store = {root: folder.path};
  await writeJournal(store, 1, toldAt([0, done('a')]));
  for (let day = 2; day <= 50; day++) await writeJournal(store, day, []);
  await writeJournal(store, 3, [...toldAt([0, done('b')])]);
  await writeJournal(store, 4, hit('other'), '{"at": "torn\n');
  const namesOf = (): readonly unknown[] => [
    ...instancesByKey(store, [keyOf('a'), keyOf('b'), keyOf('gone')]),
  ];
  assert.deepEqual(namesOf(), [
    [keyOf('b'), 'other'],
    [keyOf('a'), 'a'],
  ]);
  await writeJournal(store, 51, []);
  assert.deepEqual(namesOf(), [[keyOf('b'), 'other']]);
});
