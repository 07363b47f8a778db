import assert from 'node:assert/strict';
import path from 'node:path';
import {test} from 'node:test';
import type {RunEvent} from '../../src/journal/event.ts';
import {Rig, type Program} from '../support/program/rig.ts';
import {storeInvariants} from '../support/laws/store-invariants.ts';
import {StoreSteps} from '../support/laws/store-steps.ts';
import {
  assertNothingLeft,
  codesAfter,
  drawInterruptions,
  end,
  eventsIn,
  outputsByKey,
  typesByKey,
  workersAt,
  type Victim,
} from '../support/rigs/interruptions.ts';
import {smallDistillation} from '../support/texts/small-distillation.ts';

/** A complete distillation with the real stage types. Its data set is so small that it takes seconds. */
const distillation = `${smallDistillation({epochs: 8, iterations: 200, maxStartEpoch: 6})}\
  scores:
    uses: evaluate
    matrix: {model: [ConvNetD1W8, MLP]}
    inputs: {dataset: images.dataset, synthetic: distilled.synthetic}
    with: {model: '\${matrix.model}', trials: 8, epochs: 2}
  table: {uses: table, inputs: {scores: 'scores.scores[*]'}}
`;

const real = {PIPELINE_TEST_STAGES: 'learning'};

/** A moment of a run: when a stage type has `count` stored checkpoints and results, or when a later stage has begun. */
interface Moment {
  readonly type: string;
  readonly count: number;
}

const seed = 20_260_101;
const order = ['tiny-images', 'train-expert', 'shard-buffers', 'distill', 'evaluate', 'table'];
/** The number of interruptions of each stage type: twenty in all. */
const plan = [
  ['train-expert', 5],
  ['distill', 11],
  ['evaluate', 4],
] as const;
/**
 * The interruptions fall into this share of a stage type's checkpoints and results, so that even a slow observer
 * strikes before the stage ends.
 */
const lastPart = 0.9;

const draws = drawInterruptions(
  seed,
  plan.reduce((sum, [, times]) => sum + times, 0),
  ['both', 'both', 'worker', 'worker', 'ctrl-c', 'head'],
);

test('a distillation that is interrupted twenty times gives the bytes of an undisturbed one', async (t) => {
  t.diagnostic(`seed ${seed}`);
  await using alone = await Rig.create();
  await alone.write('p.yaml', distillation);
  const steps = new StoreSteps(alone);
  const undisturbed = alone.with(real).start(['run', 'p.yaml']);
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
      const part = (lastPart * (index + within)) / times;
      await run.once(victim, {type, count: Math.floor(part * totals.get(type)!)});
    }
  }
  await run.once('none');
  assert.deepEqual(await outputsByKey(rig), await outputsByKey(alone));
  await storeInvariants({root: path.join(rig.folder, 'artifacts')});
  await assertNothingLeft(rig);
  // The interruptions must have hit each of these stages.
  for (const stage of ['expert', 'distilled', 'scores']) {
    assert.ok(run.struck.has(stage), `${stage} was interrupted`);
    assert.ok(run.resumed.has(stage), `${stage} went on from a checkpoint`);
  }
});

/** Runs that are interrupted one after the other on one store. */
class Interrupted {
  /** The stages that were running at an interruption, and those that resumed from a checkpoint. */
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

  /** Runs the pipeline until the interruption; checks that no stored instance runs again. */
  async once(victim: Victim | 'none', moment?: Moment): Promise<void> {
    const stored = await outputsByKey(this.#rig);
    const program = this.#rig.with(real).start(['run', 'p.yaml', '--json']);
    if (victim !== 'none' && moment !== undefined) {
      while (!(await this.#isDue(moment, program.pid)))
        assert.ok(await this.#steps.change(program));
      await interrupt(this.#rig, program, victim, this.#steps);
    }
    const {code, stdout} = await program.finished;
    const said = `${victim} at ${JSON.stringify(moment)}, seed ${seed}: ${code}\n${stdout}`;
    assert.ok(codesAfter[victim].includes(code), said);
    const events = eventsIn(stdout);
    for (const event of events) {
      const again = event.kind === 'started' && stored.has(event.key);
      assert.ok(!again, `what is stored ran again: ${said}`);
      if (event.kind === 'resumed') this.resumed.add(stageOf(event.instance));
    }
    for (const id of runningIn(events)) this.struck.add(stageOf(id));
  }

  /** Tells whether the moment has come while something is being computed. */
  async #isDue({type, count}: Moment, head: number): Promise<boolean> {
    const counts = byType(this.#steps.seen(), this.#types);
    const later = order.slice(order.indexOf(type) + 1).some((other) => counts.has(other));
    const isReached = later || (counts.has(type) && counts.get(type)! >= count);
    return isReached && (await workersAt(this.#rig, head)).length > 0;
  }
}

/** Gives the number of checkpoints and results that were seen of each stage type. */
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

/** Gives the instances that were running when the events ended. */
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
    // A worker that is killed after publishing has succeeded, and the head continues. Then the next worker is killed.
    do {
      for (const pid of await workersAt(rig, program.pid)) end(pid);
    } while (await steps.change(program));
  }
}
