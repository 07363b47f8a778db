import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import type {RunEvent} from '../../../src/journal/event.ts';
import type {StageRecord} from '../../../src/store/records/record.ts';
import type {Rig} from '../program/rig.ts';

/** The process that an interruption ends: by SIGKILL, or by Ctrl-C for a run. */
export type Victim = 'worker' | 'head' | 'both' | 'ctrl-c';

/** One interruption: whom it ends, and when, as a fraction of the time that it may fall into. */
export interface Interruption {
  readonly victim: Victim;
  readonly within: number;
}

/** Draws interruptions; a victim is drawn as often as it is listed. */
export function drawInterruptions(
  seed: number,
  count: number,
  victims: readonly Victim[],
): readonly Interruption[] {
  const drawn = fc.record({
    victim: fc.noBias(fc.constantFrom(...victims)),
    within: fc.noBias(fc.integer({min: 0, max: 999})).map((part) => part / 1000),
  });
  return fc.sample(drawn, {seed, numRuns: count});
}

/** The permitted exit codes of an interrupted run. `null` means that a signal ended the process. */
export const codesAfter: Readonly<Record<Victim | 'none', readonly (number | null)[]>> = {
  worker: [1],
  head: [null],
  both: [null],
  // Before the run begins, Ctrl-C ends the process as it ends any program.
  'ctrl-c': [75, null],
  none: [0],
};

/** The events in what a run with `--json` printed, without the last line, which may be torn. */
export function eventsIn(stdout: string): readonly RunEvent[] {
  const lines = stdout.split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line) as RunEvent);
}

/**
 * The workers that compute keys of a store. A head holds the lease of an attempt until its worker takes it over.
 * @param head the process of the run
 */
export async function workersAt(rig: Rig, head: number): Promise<readonly number[]> {
  const pids = (await rig.leases()).map(async (file) => {
    const text = await rig.read(`artifacts/leases/${file}`).catch(() => 'null');
    return (JSON.parse(text) as {pid: number} | null)?.pid;
  });
  return (await Promise.all(pids)).filter(
    (pid): pid is number => pid !== undefined && pid !== head,
  );
}

/** Ends a process, unless it has ended by itself. */
export function end(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** The digests of every stored output, by key. */
export async function outputsByKey(rig: Rig): Promise<ReadonlyMap<string, unknown>> {
  return new Map((await records(rig)).map(({key, outputs}) => [key, outputs]));
}

/** The stage type of every stored result, by key. */
export async function typesByKey(rig: Rig): Promise<ReadonlyMap<string, string>> {
  return new Map((await records(rig)).map(({key, type}) => [key, type]));
}

/**
 * Checks that nothing of interrupted attempts is left in a store, but for what they were writing: sweeps remove that after
 * an hour.
 */
export async function assertNothingLeft(rig: Rig): Promise<void> {
  assert.deepEqual(await rig.leases(), []);
  for (const folder of ['work', 'checkpoints']) {
    assert.deepEqual(await rig.stored(folder), [], folder);
  }
}

async function records(rig: Rig): Promise<readonly StageRecord[]> {
  const files = (await rig.stored('records')).map((file) => rig.read(`artifacts/records/${file}`));
  return (await Promise.all(files)).map((text) => JSON.parse(text) as StageRecord);
}
