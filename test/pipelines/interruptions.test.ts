import assert from 'node:assert/strict';
import {watch, type FSWatcher} from 'node:fs';
import {mkdir, readFile} from 'node:fs/promises';
import {once} from 'node:events';
import path from 'node:path';
import {test} from 'node:test';
import * as fc from 'fast-check';
import type {RunEvent} from '../../src/schedule/event.ts';
import type {StageRecord} from '../../src/store/record.ts';
import {Rig, type Program} from '../support/rig.ts';

/** A whole distillation by the real stages, on a data set that makes it take seconds. */
const distillation = `
stages:
  images: {uses: tiny-images}
  expert:
    uses: train-expert
    matrix: {seed: {count: 2}}
    inputs: {dataset: images.dataset}
    with: {model: ConvNetD1W8, epochs: 8, batch: 8, seed: '\${matrix.seed}'}
  buffers: {uses: shard-buffers, inputs: {experts: 'expert.trajectory[*]'}}
  distilled:
    uses: distill
    inputs: {dataset: images.dataset, buffers: buffers.buffers}
    with: {ipc: 1, iterations: 60, steps: 3, expertEpochs: 1, maxStartEpoch: 6, stepSizeRate: 0}
  scores:
    uses: evaluate
    matrix: {model: [ConvNetD1W8, MLP]}
    inputs: {dataset: images.dataset, synthetic: distilled.synthetic}
    with: {model: '\${matrix.model}', trials: 5, epochs: 2}
  table: {uses: table, inputs: {scores: 'scores.scores[*]'}}
`;

const real = {PIPELINE_TEST_STAGES: 'learning'};

/** What ends a run before its time: a signal to whom, and after how many changes in the store. */
interface Interruption {
  readonly victim: 'worker' | 'head' | 'both' | 'ctrl-c';
  readonly after: number;
}

const seed = 20_260_101;
const interruptions: readonly Interruption[] = fc.sample(
  fc.record({
    victim: fc.constantFrom('both', 'both', 'worker', 'worker', 'ctrl-c', 'head'),
    after: fc.integer({min: 4, max: 14}),
  }),
  {seed, numRuns: 20},
);

test('killed twenty times, in whole or in part, a distillation comes to the bytes of one that was left alone', async () => {
  await using alone = await Rig.create();
  await alone.write('p.yaml', distillation);
  const undisturbed = await alone.start(['run', 'p.yaml'], real).finished;
  assert.equal(undisturbed.code, 0, undisturbed.stdout);

  await using rig = await Rig.create();
  await rig.write('p.yaml', distillation);
  for (const interruption of [...interruptions, undefined]) {
    const stored = await outputsByKey(rig);
    const program = rig.start(['run', 'p.yaml', '--json'], real);
    if (interruption !== undefined) await interrupt(rig, program, interruption);
    const {code, stdout} = await program.finished;
    const said = `${JSON.stringify(interruption)}, seed ${seed}: ${code}\n${stdout}`;
    assert.ok(expected[interruption?.victim ?? 'none'].includes(code), said);
    for (const event of eventsIn(stdout)) {
      const again = event.kind === 'started' && stored.has(event.key);
      assert.ok(!again, `what is stored ran again: ${said}`);
    }
  }
  assert.deepEqual(await outputsByKey(rig), await outputsByKey(alone));
  for (const folder of ['leases', 'work', 'checkpoints']) {
    assert.deepEqual(await rig.stored(folder), [], folder);
  }
});

/** Exit codes; `null` is death by a signal. A run may come to its end first, and does once all is stored. */
const expected: Readonly<Record<Interruption['victim'] | 'none', readonly (number | null)[]>> = {
  worker: [1, 0],
  head: [null, 0],
  both: [null, 0],
  // Before the run has begun, an interrupt is any program's.
  'ctrl-c': [75, null, 0],
  none: [0],
};

async function interrupt(rig: Rig, program: Program, {victim, after}: Interruption): Promise<void> {
  const ended = new AbortController();
  void program.finished.then(() => ended.abort());
  // Whatever is written for good goes through this folder first: leases, checkpoints, records.
  const folder = path.join(rig.folder, 'artifacts/tmp');
  await mkdir(folder, {recursive: true});
  using changes = new Changes(watch(folder), ended.signal);
  for (let count = 0; count < after; count++) await changes.next();
  if (victim === 'ctrl-c') program.kill('SIGINT');
  if (victim === 'head' || victim === 'both') {
    program.kill('SIGKILL');
    await program.finished;
  }
  if (victim === 'worker' || victim === 'both') {
    // One that is killed after it has published did its job, and the head goes on: then it is the next one's turn.
    do {
      for (const pid of await leaseHolders(rig)) end(pid);
      await changes.next();
    } while (!ended.signal.aborted);
  }
}

/** The changes of a folder, one after the other; none is waited for once the signal is aborted. */
class Changes implements Disposable {
  readonly #watcher: FSWatcher;
  readonly #ended: AbortSignal;

  constructor(watcher: FSWatcher, ended: AbortSignal) {
    this.#watcher = watcher;
    this.#ended = ended;
  }

  async next(): Promise<void> {
    await once(this.#watcher, 'change', {signal: this.#ended}).catch((error: unknown) => {
      if (!this.#ended.aborted) throw error;
    });
  }

  [Symbol.dispose](): void {
    this.#watcher.close();
  }
}

/** The last line may be torn. */
function eventsIn(stdout: string): readonly RunEvent[] {
  const lines = stdout.split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line) as RunEvent);
}

async function leaseHolders(rig: Rig): Promise<readonly number[]> {
  const pids = (await rig.stored('leases')).map(async (file) => {
    const text = await rig.read(`artifacts/leases/${file}`).catch(() => 'null');
    return (JSON.parse(text) as {pid: number} | null)?.pid;
  });
  return (await Promise.all(pids)).filter((pid) => pid !== undefined);
}

function end(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    // It has come to its end by itself.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** What is stored: the digests of every output, by key. */
async function outputsByKey(rig: Rig): Promise<ReadonlyMap<string, unknown>> {
  const records = (await rig.stored('records')).map(async (file) => {
    const text = await readFile(path.join(rig.folder, 'artifacts/records', file), 'utf8');
    const {key, outputs} = JSON.parse(text) as StageRecord;
    return [String(key), outputs] as const;
  });
  return new Map(await Promise.all(records));
}
