import assert from 'node:assert/strict';
import {mkdir, writeFile} from 'node:fs/promises';
import {test} from 'node:test';
import {readJournals} from '../../../src/journal/members/run-journals.ts';
import {readRun} from '../../../src/journal/run-account.ts';
import type {RunEventBody} from '../../../src/journal/event.ts';
import type {InstanceId} from '../../../src/pipeline/graph/instance.ts';
import {usualWaits} from '../../../src/schedule/delays.ts';
import {runAsMember, type MemberEnd} from '../../../src/schedule/membership/run-as-member.ts';
import {ToldHits} from '../../../src/schedule/membership/told-hits.ts';
import {Recorder} from '../../../src/schedule/recorder.ts';
import {processIdentity} from '../../../src/store/claims/process-identity.ts';
import {runFolder, tellerPath, type Store} from '../../../src/store/layout.ts';
import {registry} from '../../support/registries/scripted-registry.ts';
import {InProcessExecutor} from '../../support/rigs/in-process-executor.ts';
import {loadChoice, runInProcess} from '../../support/rigs/run-in-process.ts';
import {eventsOf} from '../../support/rigs/merged.ts';
import {begun} from '../../support/rigs/told-run.ts';
import {TemporaryFolder} from '../../support/rigs/temporary-folder.ts';

const run = '20260101-000000.000-abcdef';
const self = processIdentity(process.pid);

/** Begins the journal of a run on a cluster. */
async function begin(store: Store, instances: number): Promise<void> {
  await mkdir(runFolder(store, run), {recursive: true});
  const recorder = new Recorder(runFolder(store, run), () => undefined);
  const start = {run, head: self, pipeline: 'p.yaml', instances, devices: [], cluster: 'lab'};
  recorder.emit({kind: 'run-started', ...start});
  recorder.close();
}

const texts = (count: number): string =>
  `word: {uses: say, matrix: {text: [${Array.from({length: count}, (_, n) => `t${n}`).join(', ')}]}, with: {text: "\${matrix.text}"}}`;

test('members tell each hit once, however many they are, and every instance has an outcome', async () => {
  await using folder = await TemporaryFolder.create();
  const store = {root: folder.path};
  const [members, hits] = [6, 200];
  const size = 'size: {uses: measure, inputs: {of: "word.out[text=t7]"}}';
  await runInProcess({files: {'p.yaml': `stages: {${texts(hits)}}\n`}, store: folder.path});
  const files = {'p.yaml': `stages:\n  ${texts(hits)}\n  ${size}\n`};
  const {graph, forced} = await loadChoice({files});
  await begin(store, hits + 1);
  const member = async (): Promise<MemberEnd> =>
    await runAsMember({
      run,
      store,
      graph,
      forced,
      pid: process.pid,
      executor: new InProcessExecutor(2, registry),
      engine: 'auto',
      keepGoing: false,
      registryModule: '',
      waits: usualWaits,
      stopSignal: new AbortController().signal,
      killSignal: new AbortController().signal,
      terms: {machine: 'here', pool: 'main', takes: ['cpu'], mayContinue: true},
      onEvent: () => undefined,
      onLeaving: () => undefined,
    });
  const ends = await Promise.all(Array.from({length: members}, member));
  assert.deepEqual(new Set(ends.map(({why}) => why)), new Set(['done']));
  const events = readJournals(store, run).flatMap((journal) => journal.events);
  // Each hit once, of each member a few events, and the one result that was made.
  const bound = hits + 12 * members;
  assert.ok(events.length < bound, `${events.length} events`);
  const {instances, finished} = readRun(store, run);
  assert.equal(instances.size, hits + 1);
  const standings = Array.from(instances.values(), ({standing}) => standing);
  assert.deepEqual(new Set(standings), new Set(['hit', 'finished']));
  assert.deepEqual([finished?.outcome, finished?.hits, finished?.ran], ['ok', hits, 1]);
});

test('one member tells hits, and another one once it has died: those that were not told', async () => {
  await using folder = await TemporaryFolder.create();
  const store = {root: folder.path};
  await begin(store, 2);
  const [one, two] = [await ToldHits.of(store, run, self), await ToldHits.of(store, run, self)];
  const {hit} = eventsOf('a');
  assert.deepEqual([one.isNews(hit), two.isNews(hit)], [true, false]);
  const recorder = new Recorder(runFolder(store, run), () => undefined);
  recorder.emit(hit);
  recorder.close();
  await writeFile(tellerPath(store, run), JSON.stringify({...self, startTime: '1'}));
  const next = await ToldHits.of(store, run, self);
  assert.deepEqual([next.isNews(hit), next.isNews(eventsOf('b').hit)], [false, true]);
});

test('a member tells what became of what it has told', async () => {
  await using folder = await TemporaryFolder.create();
  const store = {root: folder.path};
  await begin(store, 2);
  await ToldHits.of(store, run, self);
  const other = await ToldHits.of(store, run, self);
  const {hit, waiting, failed} = eventsOf('a');
  const damaged: RunEventBody = {
    kind: 'artifact-damaged',
    digest: 'd' as never,
    producer: 'a' as InstanceId,
  };
  for (const before of [waiting, begun('a'), damaged]) {
    assert.deepEqual(
      [other.isNews(before), other.isNews(hit), other.isNews(hit)],
      [true, true, false],
    );
  }
  assert.deepEqual(
    [other.isNews(begun('a')), other.isNews(failed), other.isNews(hit)],
    [true, true, false],
  );
});
