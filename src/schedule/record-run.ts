import {randomBytes} from 'node:crypto';
import path from 'node:path';
import {makeFolders} from '../base/make-folders.ts';
import {processIdentity, type ProcessIdentity} from '../store/claims/process-identity.ts';
import {sweepStore} from '../store/claims/sweep.ts';
import {runFolder} from '../store/layout.ts';
import {slotTokens} from './device-request.ts';
import {runName} from '../journal/run-name.ts';
import type {Tally} from './ledger.ts';
import {Recorder} from './recorder.ts';
import type {RunSetup} from './run-setup.ts';
import {whileMember} from './while-member.ts';

/** A run before its instances are known one by one. */
export interface RecordedSetup extends Pick<
  RunSetup,
  'store' | 'run' | 'pid' | 'waits' | 'command' | 'onEvent'
> {
  /** The pipeline file, as the user named it. */
  readonly pipeline: string;
  /** The number of instances. */
  readonly instances: number;
  /** The number of CPU slots. */
  readonly slots: number;
  /** When its work began, by the clock of `performance`. Absent: now. */
  readonly startMs?: number;
}

/** A run that has its folder and its journal. */
export interface BegunRun {
  readonly run: string;
  /** The absolute path of the folder of its journal and its `logs`. */
  readonly folder: string;
  readonly recorder: Recorder;
}

/** The end of a run. */
export interface RunEnd {
  readonly outcome: 'ok' | 'failed' | 'suspended';
  readonly tally: Tally;
}

/**
 * Records a run from its start to its end: in its journal, and as a member of the store meanwhile. Rejects only if the
 * store cannot be written.
 */
export async function recordRun<End extends RunEnd>(
  setup: RecordedSetup,
  work: (
    begun: BegunRun,
    ...member: Parameters<Parameters<typeof whileMember<End>>[1]>
  ) => Promise<End>,
): Promise<End & {readonly run: string}> {
  return await whileMember(setup, async (member, starts) =>
    keepJournal(setup, member.head, (begun) => work(begun, member, starts)),
  );
}

/** As `recordRun`, for a run that computes nothing: it is over so soon that it needs no heartbeat. */
export async function recordRepeat<End extends RunEnd>(
  setup: RecordedSetup,
  work: (begun: BegunRun) => End,
): Promise<End & {readonly run: string}> {
  await sweepStore(setup.store);
  // Without a heartbeat, other machines see that such a member does not go on.
  const head = processIdentity(setup.pid, randomBytes(8).toString('hex'));
  return await keepJournal(setup, head, work);
}

async function keepJournal<End extends RunEnd>(
  setup: RecordedSetup,
  head: ProcessIdentity,
  work: (begun: BegunRun) => End | Promise<End>,
): Promise<End & {readonly run: string}> {
  const {store, pipeline, instances, command, startMs = performance.now()} = setup;
  const run = setup.run ?? runName(new Date());
  const folder = runFolder(store, run);
  await makeFolders(path.join(folder, 'logs'));
  const recorder = new Recorder(folder, setup.onEvent);
  try {
    recorder.emit({
      kind: 'run-started',
      run,
      head,
      pipeline,
      ...(command !== undefined && {command}),
      instances,
      devices: slotTokens(setup.slots),
    });
    const end = await work({run, folder, recorder});
    const durationMs = Math.round(performance.now() - startMs);
    recorder.emit({kind: 'run-finished', outcome: end.outcome, ...end.tally, durationMs});
    return {...end, run};
  } finally {
    recorder.close();
  }
}
