import assert from 'node:assert/strict';
import path from 'node:path';
import {test} from 'node:test';
import * as fc from 'fast-check';
import type {RunEvent} from '../../src/journal/event.ts';
import type {StageRecord} from '../../src/store/records/record.ts';
import {Rig, type Program} from '../support/rigs/rig.ts';
import {storeInvariants} from '../support/laws/store-invariants.ts';
import {StoreSteps} from '../support/laws/store-steps.ts';

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

/** Who may be ended: by SIGKILL, or a run by Ctrl-C. */
type Victim = 'worker' | 'head' | 'both' | 'ctrl-c';

/** A moment of a run: so many checkpoints and results of a stage type are stored, or something later has begun. */
interface Moment {
  readonly type: string;
  readonly count: number;
}

const seed = 20_260_101;
const order = ['tiny-images', 'train-expert', 'shard-buffers', 'distill', 'evaluate', 'table'];
/** How often each is interrupted: twenty times in all. */
const plan = [
  ['train-expert', 7],
  ['distill', 8],
  ['evaluate', 5],
] as const;
/** Of what is stored of a stage type. The rest is left, so that even a slow observer strikes before the end. */
const lastPart = 0.9;

const draws = fc.sample(
  fc.record({
    victim: fc.noBias<Victim>(
      fc.constantFrom('both', 'both', 'worker', 'worker', 'ctrl-c', 'head'),
    ),
    within: fc.noBias(fc.integer({min: 0, max: 999})),
  }),
  {seed, numRuns: plan.reduce((sum, [, times]) => sum + times, 0)},
);

test('killed twenty times, in whole or in part, a distillation comes to the bytes of one that was left alone', async () => {
  await using alone = await Rig.create();
  await alone.write('p.yaml', distillation);
  const steps = new StoreSteps(alone);
  const undisturbed = alone.start(['run', 'p.yaml'], real);
  while (await steps.change(undisturbed)) steps.seen();
  const {code, stdout} = await undisturbed.finished;
  assert.equal(code, 0, stdout);
  const types = await typesByKey(alone);
  const totals = byType(steps.seen(), types);

  await using rig = await Rig.create();
  await rig.write('p.yaml', distillation);
  const run = new Interrupted(rig, types);
  let drawn = 0;
  for (const [type, times] of plan) {
    for (let index = 0; index < times; index++) {
      const {victim, within} = draws[drawn++]!;
      const part = (lastPart * (index + within / 1000)) / times;
      await run.once(victim, {type, count: Math.floor(part * totals.get(type)!)});
    }
  }
  await run.once('none');
  assert.deepEqual(await outputsByKey(rig), await outputsByKey(alone));
  await storeInvariants({root: path.join(rig.folder, 'artifacts')});
  for (const folder of ['leases', 'work', 'checkpoints']) {
    assert.deepEqual(await rig.stored(folder), [], folder);
  }
  // The moments were such that all of it was put to the test.
  for (const stage of ['expert', 'distilled', 'scores']) {
    assert.ok(run.struck.has(stage), `${stage} was interrupted`);
    assert.ok(run.resumed.has(stage), `${stage} went on from a checkpoint`);
  }
});

/** Runs that are interrupted, one after the other on one store. */
class Interrupted {
  /** Stages that were running when a run was interrupted, and those that went on from a checkpoint. */
  readonly struck = new Set<string>();
  readonly resumed = new Set<string>();
  readonly #rig: Rig;
  readonly #types: ReadonlyMap<string, string>;
  readonly #steps: StoreSteps;

  constructor(rig: Rig, types: ReadonlyMap<string, string>) {
    this.#rig = rig;
    this.#types = types;
    this.#steps = new StoreSteps(rig);
  }

  /** Runs what is not stored yet, until the interruption; checks that what is stored does not run again. */
  async once(victim: Victim | 'none', moment?: Moment): Promise<void> {
    const stored = await outputsByKey(this.#rig);
    const program = this.#rig.start(['run', 'p.yaml', '--json'], real);
    if (victim !== 'none' && moment !== undefined) {
      while (!(await this.#isDue(moment))) assert.ok(await this.#steps.change(program));
      await interrupt(this.#rig, program, victim, this.#steps);
    }
    const {code, stdout} = await program.finished;
    const said = `${victim} at ${JSON.stringify(moment)}, seed ${seed}: ${code}\n${stdout}`;
    assert.ok(expected[victim].includes(code), said);
    const events = eventsIn(stdout);
    for (const event of events) {
      const again = event.kind === 'started' && stored.has(event.key);
      assert.ok(!again, `what is stored ran again: ${said}`);
      if (event.kind === 'resumed') this.resumed.add(stageOf(event.instance));
    }
    for (const id of runningIn(events)) this.struck.add(stageOf(id));
  }

  /** Whether the moment has come, and something is being computed. */
  async #isDue({type, count}: Moment): Promise<boolean> {
    const counts = byType(this.#steps.seen(), this.#types);
    const later = order.slice(order.indexOf(type) + 1).some((other) => counts.has(other));
    const isReached = later || (counts.has(type) && counts.get(type)! >= count);
    return isReached && (await this.#rig.stored('leases')).length > 0;
  }
}

/** How many checkpoints and results of each stage type were seen. */
function byType(
  seen: ReadonlyMap<string, number>,
  types: ReadonlyMap<string, string>,
): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const [key, count] of seen) {
    const type = types.get(key)!;
    counts.set(type, (counts.get(type) ?? 0) + count);
  }
  return counts;
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
const expected: Readonly<Record<Victim | 'none', readonly (number | null)[]>> = {
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
  victim: Victim,
  steps: StoreSteps,
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
  return new Map((await records(rig)).map(({key, outputs}) => [key, outputs]));
}

/** The stage type of each key that is stored. */
async function typesByKey(rig: Rig): Promise<ReadonlyMap<string, string>> {
  return new Map((await records(rig)).map(({key, type}) => [key, type]));
}

async function records(rig: Rig): Promise<readonly StageRecord[]> {
  const files = (await rig.stored('records')).map((file) => rig.read(`artifacts/records/${file}`));
  return (await Promise.all(files)).map((text) => JSON.parse(text) as StageRecord);
}
