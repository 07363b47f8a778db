import assert from 'node:assert/strict';
import {once} from 'node:events';
import {existsSync, mkdirSync, readdirSync, watch} from 'node:fs';
import {readFile} from 'node:fs/promises';
import path from 'node:path';
import {test} from 'node:test';
import * as fc from 'fast-check';
import type {RunEvent} from '../../src/schedule/event.ts';
import type {StageRecord} from '../../src/store/record.ts';
import {Rig, type Program} from '../support/rig.ts';
import {storeInvariants} from '../support/store-invariants.ts';

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
    with: {ipc: 1, iterations: 40, steps: 3, expertEpochs: 1, maxStartEpoch: 6, stepSizeRate: 0}
  scores:
    uses: evaluate
    matrix: {model: [ConvNetD1W8, MLP]}
    inputs: {dataset: images.dataset, synthetic: distilled.synthetic}
    with: {model: '\${matrix.model}', trials: 8, epochs: 2}
  table: {uses: table, inputs: {scores: 'scores.scores[*]'}}
`;

const real = {PIPELINE_TEST_STAGES: 'learning'};

/** What ends a run before its time: a signal to whom, and once how much of all that is to be stored is there. */
interface Interruption {
  readonly victim: 'worker' | 'head' | 'both' | 'ctrl-c';
  /** Of all checkpoints and results of a run that is left alone. */
  readonly percent: number;
}

const seed = 20_260_101;
const count = 20;
/** The rest is left, so that even a slow observer strikes before the end. */
const lastPercent = 92;

/** One at a random moment of each twentieth of the work, so that no part of it is left out. */
const interruptions: readonly Interruption[] = fc
  .sample(
    fc.record({
      victim: fc.noBias(fc.constantFrom('both', 'both', 'worker', 'worker', 'ctrl-c', 'head')),
      within: fc.noBias(fc.integer({min: 0, max: 999})),
    }),
    {seed, numRuns: count},
  )
  .map(({victim, within}, index) => ({
    victim,
    percent: ((index + within / 1000) * lastPercent) / count,
  }));

test('killed twenty times, in whole or in part, a distillation comes to the bytes of one that was left alone', async () => {
  await using alone = await Rig.create();
  await alone.write('p.yaml', distillation);
  const steps = new Steps(alone);
  const undisturbed = alone.start(['run', 'p.yaml'], real);
  const total = await steps.reach(Number.POSITIVE_INFINITY, undisturbed);
  const {code, stdout} = await undisturbed.finished;
  assert.equal(code, 0, stdout);

  await using rig = await Rig.create();
  await rig.write('p.yaml', distillation);
  const done = new Steps(rig);
  const struck = new Set<string>();
  const resumed = new Set<string>();
  for (const {victim, percent} of interruptions) {
    const events = await runOnce(rig, victim, done, Math.floor((percent / 100) * total));
    for (const id of runningIn(events)) struck.add(stageOf(id));
    for (const event of events) if (event.kind === 'resumed') resumed.add(stageOf(event.instance));
  }
  await runOnce(rig, 'none', done, 0);
  assert.deepEqual(await outputsByKey(rig), await outputsByKey(alone));
  await storeInvariants({root: path.join(rig.folder, 'artifacts')});
  for (const folder of ['leases', 'work', 'checkpoints']) {
    assert.deepEqual(await rig.stored(folder), [], folder);
  }
  // The moments were such that all of it was put to the test.
  for (const stage of ['expert', 'distilled', 'scores']) {
    assert.ok(struck.has(stage), `${stage} was interrupted`);
    assert.ok(resumed.has(stage), `${stage} went on from a checkpoint`);
  }
});

/** Runs what is not stored yet, until the interruption; checks that what is stored does not run again. */
async function runOnce(
  rig: Rig,
  victim: Interruption['victim'] | 'none',
  steps: Steps,
  count: number,
): Promise<readonly RunEvent[]> {
  const stored = await outputsByKey(rig);
  const program = rig.start(['run', 'p.yaml', '--json'], real);
  if (victim !== 'none') {
    await steps.reach(count, program);
    while ((await rig.stored('leases')).length === 0) assert.ok(await steps.change(program));
    await interrupt(rig, program, victim, steps);
  }
  const {code, stdout} = await program.finished;
  const said = `${victim} after ${count} steps, seed ${seed}: ${code}\n${stdout}`;
  assert.ok(expected[victim].includes(code), said);
  const events = eventsIn(stdout);
  for (const event of events) {
    const again = event.kind === 'started' && stored.has(event.key);
    assert.ok(!again, `what is stored ran again: ${said}`);
  }
  return events;
}

/** The instances that had been started, and had not ended. */
function runningIn(events: readonly RunEvent[]): ReadonlySet<string> {
  const running = new Set<string>();
  for (const event of events) {
    if (event.kind === 'started') running.add(event.instance);
    if (event.kind === 'finished') running.delete(event.instance);
  }
  return running;
}

function stageOf(id: string): string {
  return id.replace(/\[.*/, '');
}

/** Exit codes; `null` is death by a signal. */
const expected: Readonly<Record<Interruption['victim'] | 'none', readonly (number | null)[]>> = {
  worker: [1],
  head: [null],
  both: [null],
  // Before the run has begun, an interrupt is any program's.
  'ctrl-c': [75, null],
  none: [0],
};

async function interrupt(
  rig: Rig,
  program: Program,
  victim: Interruption['victim'],
  steps: Steps,
): Promise<void> {
  if (victim === 'ctrl-c') program.kill('SIGINT');
  if (victim === 'head' || victim === 'both') {
    program.kill('SIGKILL');
    await program.finished;
  }
  if (victim === 'worker' || victim === 'both') {
    // One that is killed after it has published did its job, and the head goes on: then it is the next one's turn.
    do {
      for (const pid of await leaseHolders(rig)) end(pid);
    } while (await steps.change(program));
  }
}

/** Counts what is stored for good: each checkpoint, and each result. */
class Steps {
  readonly #store: string;
  /** The number of the newest checkpoint of a key that was seen. */
  readonly #checkpoints = new Map<string, number>();
  readonly #results = new Set<string>();

  constructor(rig: Rig) {
    this.#store = path.join(rig.folder, 'artifacts');
    // Whatever is stored goes through this folder first.
    mkdirSync(path.join(this.#store, 'tmp'), {recursive: true});
  }

  /** Waits until there are so many, or the program has ended. Gives how many there are. */
  async reach(count: number, program: Program): Promise<number> {
    let reached = this.#count();
    while (reached < count && (await this.change(program))) reached = this.#count();
    return this.#count();
  }

  /** Waits until something in the store may have changed. `false`: the program has ended. */
  async change(program: Program): Promise<boolean> {
    const ended = new AbortController();
    void program.finished.then(() => ended.abort());
    const watcher = watch(path.join(this.#store, 'tmp'), {signal: ended.signal});
    try {
      await once(watcher, 'change', {signal: ended.signal});
      return true;
    } catch (error) {
      if (!ended.signal.aborted) throw error;
      return false;
    } finally {
      watcher.close();
    }
  }

  #count(): number {
    for (const key of namesIn(path.join(this.#store, 'checkpoints'))) {
      const numbers = namesIn(path.join(this.#store, 'checkpoints', key)).map(Number);
      this.#checkpoints.set(key, Math.max(this.#checkpoints.get(key) ?? 0, ...numbers));
    }
    for (const start of namesIn(path.join(this.#store, 'records'))) {
      for (const name of namesIn(path.join(this.#store, 'records', start))) this.#results.add(name);
    }
    const checkpoints = [...this.#checkpoints.values()].reduce((sum, number) => sum + number, 0);
    return checkpoints + this.#results.size;
  }
}

function namesIn(folder: string): readonly string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
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
