import assert from 'node:assert/strict';
import {mkdirSync, unlinkSync, writeFileSync} from 'node:fs';
import {readFile, readdir} from 'node:fs/promises';
import path from 'node:path';
import {test} from 'node:test';
import type {InstanceId} from '../../src/pipeline/graph/instance.ts';
import type {RunEvent} from '../../src/journal/event.ts';
import {blobPath, leasePath, leaseRoot} from '../../src/store/layout.ts';
import {processIdentity} from '../../src/store/claims/process-identity.ts';
import {Gate} from '../support/program/gate.ts';
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
  for (const name of ['leases', 'work', 'tmp']) {
    assert.deepEqual(await readdir(path.join(folder.path, name)), [], name);
  }
  const again = await runInProcess(given);
  assert.deepEqual(finished(again.events), []);
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

test('if two runs find a key free, the one whose worker is second at the lease waits, and nothing is computed twice', async () => {
  await using folder = await TemporaryFolder.create();
  const store = {root: folder.path};
  const other = JSON.stringify({...processIdentity(process.pid), attempt: 'other'});
  const leases: string[] = [];
  const {outcome, events} = await runInProcess({
    files: {'p.yaml': 'stages: {only: {uses: say, with: {text: a}}}\n'},
    store: folder.path,
    onEvent: (event) => {
      if (event.kind === 'started' && leases.length === 0) {
        // The other run's worker takes the lease after this run has looked for a result.
        leases.push(leasePath(store, event.key));
        mkdirSync(leaseRoot(store), {recursive: true});
        writeFileSync(leases[0]!, other);
      }
      // That worker is killed, so there is no result.
      if (event.kind === 'waiting') unlinkSync(leases[0]!);
    },
  });
  assert.equal(outcome, 'ok');
  const told = events.map(({kind}) => kind).filter((kind) => kind !== 'forecast');
  assert.deepEqual(told, [
    'run-started',
    'planned',
    'started',
    'waiting',
    'started',
    'finished',
    'run-finished',
  ]);
  assert.deepEqual(await readdir(leaseRoot(store)), []);
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
