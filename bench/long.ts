/**
 * `npm run bench:long -- [--iterations 60000] [--interruptions 20] [--seed N] [--checkpoints SECONDS]`: a distillation of
 * many iterations, run once to its end and once with interruptions at random iterations: SIGKILL for the worker or for head
 * and worker, SIGINT for the head. Ends with code 1 if the bytes differ, if something of an interrupted attempt is left, or
 * if memory, threads, open files or the store grow with the iterations. Needs Linux.
 */
import assert from 'node:assert/strict';
import path from 'node:path';
import {parseArgs} from 'node:util';
import {storeInvariants} from '../test/support/laws/store-invariants.ts';
import {Rig} from '../test/support/program/rig.ts';
import {
  assertNothingLeft,
  drawInterruptions,
  outputsByKey,
} from '../test/support/rigs/interruptions.ts';
import {describeMachine} from './compare.ts';
import {growthOf, type Measured} from './long/growth.ts';
import {LongRun, longPipeline, type Watch} from './long/long-run.ts';
import {sizeOfFolder, sizeOfProcess} from './long/observe.ts';

const {values} = parseArgs({
  options: {
    iterations: {type: 'string', default: '60000'},
    interruptions: {type: 'string', default: '20'},
    seed: {type: 'string', default: '1'},
    checkpoints: {type: 'string', default: '0.5'},
  },
});
const [iterations, count, seed] = [values.iterations, values.interruptions, values.seed].map(
  Number,
) as [number, number, number];
/** The part of the iterations in which processes warm up. */
const warmUp = 0.2;
/** A change of less than this part of the mean is none. */
const tolerance = 0.01;
/** Bytes of what is measured in an iteration: nine numbers, all of which the result has in the end. */
const row = 9 * 8;
/**
 * Limits the growth of a quantity in an iteration, by its name. Arrays lie outside of the heap and have up to half as much
 * room again, a checkpoint is written from two copies, the store keeps two, and the log has a line of 28 bytes every ten
 * iterations.
 */
const allowed: Readonly<Record<string, number>> = {
  'memory in use, worker, MiB': (1.5 * row) / 2 ** 20,
  'other memory, worker, MiB': (3.5 * row) / 2 ** 20,
  'store without runs, KiB': (2 * row) / 1024,
  'journal and logs, KiB': 10 / 1024,
};

describeMachine();
console.log(`${iterations} iterations, a checkpoint every ${values.checkpoints} s, seed ${seed}`);
const measured = new Map<string, Measured[]>();
await using alone = await Rig.create();
await (await prepared(alone)).toTheEnd(measuring(alone));
const growing = [...measured].filter(([name, series]) => report(name, series));

await using struck = await Rig.create();
await interrupted(struck);
assert.deepEqual(await outputsByKey(struck), await outputsByKey(alone), 'other bytes');
await storeInvariants({root: path.join(struck.folder, 'artifacts')});
await assertNothingLeft(struck);
console.log(
  'The bytes are those of the run without interruptions, and nothing is left of attempts.',
);
process.exitCode = growing.length > 0 ? 1 : 0;

async function prepared(rig: Rig): Promise<LongRun> {
  await rig.write('p.yaml', longPipeline(iterations));
  return new LongRun(rig, Number(values.checkpoints));
}

async function interrupted(rig: Rig): Promise<void> {
  const run = await prepared(rig);
  const ends = drawInterruptions(seed, count, ['worker', 'both', 'ctrl-c']).map(
    ({victim, within}) => ({victim, iteration: Math.floor(within * iterations)}),
  );
  for (const {victim, iteration} of ends.sort((a, b) => a.iteration - b.iteration)) {
    const first = await run.until(iteration, victim);
    console.log(`from iteration ${first}; ${victim} ended after iteration ${iteration}`);
  }
  await run.toTheEnd();
}

/** Notes the sizes of head, worker and store, whenever progress is told. */
function measuring(rig: Rig): Watch {
  const note = (iteration: number, sizes: Readonly<Record<string, number>>): void => {
    for (const [name, value] of Object.entries(sizes)) {
      measured.set(name, [...(measured.get(name) ?? []), {iteration, value}]);
    }
  };
  return ({iteration, ...processes}) => {
    for (const [who, pid] of Object.entries(processes)) {
      const size = sizeOfProcess(pid, rig.folder);
      if (size === undefined) continue;
      note(iteration, {
        [`memory in use, ${who}, MiB`]: size.usedBytes / 2 ** 20,
        [`other memory, ${who}, MiB`]: size.otherBytes / 2 ** 20,
        [`threads, ${who}`]: size.threads,
        [`open files, ${who}`]: size.openFiles,
      });
    }
    const store = sizeOfFolder(path.join(rig.folder, 'artifacts'));
    const runs = sizeOfFolder(path.join(rig.folder, 'artifacts/runs'));
    note(iteration, {
      'files in the store': store.files,
      'store without runs, KiB': (store.bytes - runs.bytes) / 1024,
      'journal and logs, KiB': runs.bytes / 1024,
    });
  };
}

/** Prints how a quantity changes; tells whether it grows. */
function report(name: string, series: readonly Measured[]): boolean {
  const {mean, max, change, interval} = growthOf(series, warmUp * iterations, iterations);
  const isGrowing = interval.low > tolerance * mean + (allowed[name] ?? 0) * iterations;
  const [low, high] = [interval.low, interval.high].map(signed);
  console.log(
    `${name.padEnd(28)} mean ${mean.toFixed(1)}, at most ${max.toFixed(1)}, change over ${iterations} iterations ` +
      `${signed(change)} [${low}, ${high}]${isGrowing ? ': GROWS' : ''}`,
  );
  return isGrowing;
}

function signed(value: number): string {
  return `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(2)}`;
}
