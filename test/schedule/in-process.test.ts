import assert from 'node:assert/strict';
import {once} from 'node:events';
import {unlinkSync, watch, writeFileSync} from 'node:fs';
import {readFile, readdir, rm} from 'node:fs/promises';
import path from 'node:path';
import {test} from 'node:test';
import type {InstanceId} from '../../src/pipeline/graph/instance.ts';
import type {RunEvent} from '../../src/journal/event.ts';
import {blobPath, leasePath, recordPath} from '../../src/store/layout.ts';
import {processIdentity} from '../../src/store/claims/process-identity.ts';
import type {StageRecord} from '../../src/store/records/record.ts';
import {heldLeases} from '../support/laws/held-leases.ts';
import {Gate} from '../support/program/gate.ts';
import {FailingCalls} from '../support/rigs/failing-calls.ts';
import {runInProcess} from '../support/rigs/run-in-process.ts';
import {TemporaryFolder} from '../support/rigs/temporary-folder.ts';

const letters = (gate = ''): string => `
stages:
  slow: {uses: say, with: {text: ab, gate: '${gate}'}}
  same: {uses: say, with: {text: ab, gate: '${gate}'}}
  parts: {uses: split, inputs: {of: slow.out}}
  all: {uses: join, inputs: {parts: [parts.out, same.out]}}
`;

function finished(events: readonly RunEvent[]): readonly string[] {
  return events.flatMap((event) => (event.kind === 'finished' ? [String(event.instance)] : []));
}

test('workers of this process do all that a run needs, and leave nothing behind', async () => {
  await using folder = await TemporaryFolder.create();
  const given = {files: {'p.yaml': letters()}, store: folder.path};
  const {outcome, events, records} = await runInProcess(given);
  assert.equal(outcome, 'ok');
  assert.deepEqual(finished(events), ['slow', 'parts', 'all']);
  const {digest} = records.get('all' as InstanceId)!.outputs['out']!.artifacts[0]!;
  assert.equal(await readFile(blobPath({root: folder.path}, digest), 'utf8'), 'a+b+ab');
  assert.deepEqual(await heldLeases(folder.path), []);
  for (const name of ['members', 'work', 'tmp']) {
    assert.deepEqual(await readdir(path.join(folder.path, name)), [], name);
  }
  const again = await runInProcess(given);
  assert.deepEqual(finished(again.events), []);
});

test('of sixteen cores, instances side by side take one each, and one that all others need takes all', async () => {
  await using folder = await TemporaryFolder.create();
  const text = `
stages:
  side: {uses: say, matrix: {n: {count: 16}}, with: {text: 'n\${matrix.n}'}}
  all: {uses: join, inputs: {parts: 'side.out[*]'}}
  parts: {uses: split, inputs: {of: all.out}}
`;
  const threads: number[] = [];
  const {outcome} = await runInProcess({
    files: {'p.yaml': text},
    store: folder.path,
    slots: 16,
    onStart: ({job}) => threads.push(job.engine.threads),
  });
  assert.equal(outcome, 'ok');
  assert.deepEqual(threads, [...Array<number>(16).fill(1), 16, 16]);
});

test('a run goes on without an estimator that does not load', async () => {
  await using folder = await TemporaryFolder.create();
  const given = {files: {'p.yaml': letters()}, store: folder.path};
  const loadEstimator = (): Promise<never> => Promise.reject(new TypeError('no models'));
  assert.equal((await runInProcess({...given, loadEstimator})).outcome, 'ok');
});

test('two runs of one process exclude each other by the lease of a key, though their number is the same', async () => {
  await using folder = await TemporaryFolder.create();
  await using gate = await Gate.open(folder.path);
  const given = {files: {'p.yaml': letters(gate.path)}, store: folder.file('store')};
  const one = runInProcess(given);
  const arrival = await gate.arrival();
  const both = [
    one,
    runInProcess({
      ...given,
      onEvent: (event) => {
        if (event.kind === 'waiting' && String(event.instance) === 'slow') arrival.let('go');
      },
    }),
  ];
  const ended = await Promise.all(both);
  const [first, second] = ended.map(({events}) => finished(events));
  assert.ok(first!.includes('slow') && !second!.includes('slow'));
  assert.deepEqual([...first!, ...second!].sort(), ['all', 'parts', 'slow']);
});

test('of many runs that find a key free at once, one starts a worker for it and the others wait', async () => {
  await using folder = await TemporaryFolder.create();
  const given = {
    files: {'p.yaml': 'stages: {only: {uses: say, with: {text: a}}}\n'},
    store: folder.path,
  };
  const runs = await Promise.all(Array.from({length: 6}, () => runInProcess(given)));
  const kinds = runs.flatMap(({events}) => events.map(({kind}) => kind));
  const count = (kind: RunEvent['kind']): number => kinds.filter((one) => one === kind).length;
  assert.deepEqual([count('started'), count('finished'), count('hit')], [1, 1, 5]);
  assert.deepEqual(await heldLeases(folder.path), []);
});

test('an attempt that could not be started does not keep the lease of its key', async () => {
  await using folder = await TemporaryFolder.create();
  const files = {'p.yaml': 'stages: {only: {uses: say, with: {text: a}}}\n'};
  let failing: FailingCalls | undefined;
  const {outcome, events} = await runInProcess({
    files,
    store: folder.path,
    onEvent: ({kind}) => {
      // The next temporary file is that of the lease, which is in its place by then.
      let left = 1;
      const isMeant = (file: string): boolean => file.startsWith(folder.file('tmp')) && left-- > 0;
      if (kind === 'planned') failing = new FailingCalls('unlink', 'EIO', isMeant);
    },
  });
  failing![Symbol.dispose]();
  assert.equal(outcome, 'failed');
  const causes = events.flatMap((event) => (event.kind === 'failed' ? [event.cause.kind] : []));
  assert.deepEqual(causes, ['store-error']);
  assert.deepEqual(await readdir(folder.file('leases')), []);
});

test('the heartbeat of a run that failed stays until the last of its attempts has ended', async () => {
  await using folder = await TemporaryFolder.create();
  await using gate = await Gate.open(folder.path);
  const stages = `slow: {uses: say, with: {text: a, gate: '${gate.path}'}}, quick: {uses: say, with: {text: b}}`;
  const store = folder.file('store');
  const onEvent = ({kind}: RunEvent): void => {
    if (kind === 'finished') throw new TypeError('a bug');
  };
  const run = runInProcess({files: {'p.yaml': `stages: {${stages}}\n`}, store, onEvent});
  const [arrival] = await Promise.all([gate.arrival(), assert.rejects(run, /a bug/)]);
  const members = path.join(store, 'members');
  assert.equal((await readdir(members)).length, 1);
  const watcher = watch(members);
  arrival.let('go');
  await once(watcher, 'change');
  watcher.close();
  assert.deepEqual(await readdir(members), []);
  assert.deepEqual(await heldLeases(store), []);
});

test('a run goes on when the lease that it waits for is given back without a result', async () => {
  await using folder = await TemporaryFolder.create();
  const given = {
    files: {'p.yaml': 'stages: {only: {uses: say, with: {text: a}}}\n'},
    store: folder.path,
  };
  const store = {root: folder.path};
  const [{key}] = (await runInProcess(given)).records.values() as unknown as [StageRecord];
  await rm(recordPath(store, key));
  const other = JSON.stringify({...processIdentity(process.pid), attempt: 'other'});
  writeFileSync(leasePath(store, key), other);
  const {outcome, events} = await runInProcess({
    ...given,
    onEvent: (event) => {
      if (event.kind === 'waiting') unlinkSync(leasePath(store, key));
    },
  });
  assert.equal(outcome, 'ok');
  const told = events.map(({kind}) => kind).filter((kind) => kind !== 'forecast');
  assert.deepEqual(told, [
    'run-started',
    'planned',
    'waiting',
    'started',
    'finished',
    'run-finished',
  ]);
});

test('a run of this process that is asked to stop suspends, and the next one continues from its checkpoint', async () => {
  await using folder = await TemporaryFolder.create();
  const file = 'stages: {long: {uses: churn, with: {text: a, steps: 6}}}\n';
  const given = {files: {'p.yaml': file}, store: folder.path};
  const stopped = await runInProcess({
    ...given,
    onEvent: (event, stop) => {
      if (event.kind === 'progress') stop();
    },
  });
  assert.equal(stopped.outcome, 'suspended');
  const next = await runInProcess(given);
  assert.equal(next.outcome, 'ok');
  assert.ok(next.events.some(({kind}) => kind === 'resumed'));
});

test('a run that is asked to stop as its last instance ends leaves no timer', async () => {
  await using folder = await TemporaryFolder.create();
  const timers = (): number =>
    process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
  const before = timers();
  await runInProcess({
    files: {'p.yaml': 'stages: {only: {uses: say, with: {text: a}}}\n'},
    store: folder.path,
    onEvent: (event, stop) => {
      if (event.kind === 'finished') stop();
    },
  });
  assert.equal(timers(), before);
});
