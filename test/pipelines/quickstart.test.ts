import assert from 'node:assert/strict';
import {spawn, type ChildProcess} from 'node:child_process';
import {readdir, readFile} from 'node:fs/promises';
import path from 'node:path';
import {createInterface} from 'node:readline';
import {after, before, test} from 'node:test';
import type {RunEvent} from '../../src/schedule/event.ts';
import {repositoryFile} from '../support/repository.ts';
import {TemporaryFolder} from '../support/temporary-folder.ts';

/** The quickstart with budgets that take seconds. With so few digits the step size must not be learned. */
const small = {experts: 1, images: 64, iterations: 8, trials: 1, epochs: 1, stepSizeRate: 0};

let folder: TemporaryFolder;
before(async () => {
  folder = await TemporaryFolder.create();
});
after(async () => folder[Symbol.asyncDispose]());

/** Starts the real program. */
function start(store: string, changes: Partial<typeof small> = {}): ChildProcess {
  const set = Object.entries({...small, ...changes}).flatMap(([name, value]) => [
    '--set',
    `${name}=${value}`,
  ]);
  return spawn(
    process.execPath,
    [
      repositoryFile('dist/bundle/src/cli/main.js'),
      'run',
      repositoryFile('pipelines/quickstart.yaml'),
      '--store',
      folder.file(store),
      '--json',
      '--checkpoint-interval',
      '0.001',
      ...set,
    ],
    {cwd: folder.path, stdio: ['ignore', 'pipe', 'inherit']},
  );
}

/** Reads events as they come, until there are no more or `until` has seen enough. */
async function eventsOf(
  child: ChildProcess,
  until: (event: RunEvent) => boolean = () => false,
): Promise<readonly RunEvent[]> {
  const events: RunEvent[] = [];
  for await (const line of createInterface({input: child.stdout!})) {
    events.push(JSON.parse(line) as RunEvent);
    if (until(events.at(-1)!)) break;
  }
  return events;
}

function started(events: readonly RunEvent[]): readonly string[] {
  return events
    .flatMap((event) => (event.kind === 'started' ? [String(event.instance)] : []))
    .sort();
}

function assertFinished(events: readonly RunEvent[]): void {
  const last = events.at(-1)!;
  assert.ok(last.kind === 'run-finished' && last.outcome === 'ok', JSON.stringify(last));
}

/** What is stored: the digests of every output, by key. */
async function outputs(store: string): Promise<ReadonlyMap<string, string>> {
  const root = path.join(folder.file(store), 'records');
  const files = (await readdir(root, {recursive: true})).filter((file) => file.endsWith('.json'));
  const entries = await Promise.all(
    files.map(async (file): Promise<[string, string]> => {
      const record = JSON.parse(await readFile(path.join(root, file), 'utf8')) as {
        key: string;
        outputs: unknown;
      };
      return [record.key, JSON.stringify(record.outputs)];
    }),
  );
  return new Map(entries.sort(([a], [b]) => a.localeCompare(b)));
}

/** The processes that hold leases. */
async function workers(store: string): Promise<readonly number[]> {
  const root = path.join(folder.file(store), 'leases');
  const files = (await readdir(root)).filter((file) => file.endsWith('.json'));
  const leases = await Promise.all(files.map((file) => readFile(path.join(root, file), 'utf8')));
  return leases.map((lease) => (JSON.parse(lease) as {pid: number}).pid);
}

const networks = ['ConvNetD2W16,rate=learned', 'LeNet,rate=0.01', 'MLP,rate=0.01'];
const scores = (set: string): readonly string[] =>
  networks.map((name) => `${set}-scores[model=${name}]`);
const afterBuffers = [
  'distilled',
  'random',
  'table',
  ...scores('distilled'),
  ...scores('random'),
].sort();

test('the quickstart runs every stage, then nothing, then what a changed parameter reaches', async () => {
  const cold = await eventsOf(start('straight'));
  assertFinished(cold);
  const first = ['mnist', 'normalised', 'expert[expert=0]', 'buffers'];
  assert.deepEqual(started(cold), [...first, ...afterBuffers].sort());

  const again = await eventsOf(start('straight'));
  assertFinished(again);
  assert.deepEqual(started(again), []);

  const changed = await eventsOf(start('straight', {epochs: 2}));
  assertFinished(changed);
  assert.deepEqual(started(changed), ['table', ...scores('distilled'), ...scores('random')].sort());
});

test('killed in the middle of distillation, the next run goes on from a checkpoint to the same bytes', async () => {
  const child = start('killed');
  await eventsOf(
    child,
    (event) =>
      event.kind === 'progress' &&
      String(event.instance) === 'distilled' &&
      event.progress.done >= 4,
  );
  const gone = new Promise((resolve) => child.on('exit', resolve));
  // The head first: workers outlive it, being in groups of their own.
  child.kill('SIGKILL');
  await gone;
  for (const pid of await workers('killed')) process.kill(pid, 'SIGKILL');

  const resumed = await eventsOf(start('killed'));
  assertFinished(resumed);
  assert.ok(
    resumed.some((event) => event.kind === 'resumed' && String(event.instance) === 'distilled'),
  );
  assert.deepEqual(started(resumed), afterBuffers);
  const [straight, killed] = [await outputs('straight'), await outputs('killed')];
  for (const [key, digests] of killed) assert.equal(digests, straight.get(key), key);
  assert.equal(killed.size, 13);
});
