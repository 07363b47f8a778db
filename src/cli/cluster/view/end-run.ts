import {isSystemError, whyRefused} from '../../../base/errno.ts';
import {readRun, type RunAccount} from '../../../journal/run-account.ts';
import {runEnded} from '../../../journal/run-ended.ts';
import {writeWrapped} from '../../../report/format/wrapped.ts';
import {askToStop} from '../../../schedule/membership/run-notes.ts';
import {foreignFileFault} from '../../../store/foreign-file.ts';
import {requestPath, type Store} from '../../../store/layout.ts';
import {sameAgain} from '../../command-line.ts';
import {exitCodes, type ExitCode} from '../../exit-codes.ts';
import {storeWords} from '../../options/store-option.ts';
import {runJson, showRun} from '../../reading/status-command.ts';
import type {World} from '../../world.ts';
import {writeJson} from '../../write-json.ts';
import {Crew} from './crew.ts';
import {followRun} from './follow-run.ts';
import {openClusterRun} from '../open-cluster-run.ts';

/** How a run on a cluster is to end. */
export interface EndOptions {
  /** As the user named it. */
  readonly store: string;
  /** Whether members are ended at once. Absent: they save checkpoints first. */
  readonly now?: true;
  readonly json?: true;
}

/**
 * Stops or cancels the members of a run on a cluster, waits for the end of the run, and shows its state. That of another
 * user is stopped if the file system allows it, and not cancelled.
 */
export async function endRun(
  {run, finished}: RunAccount,
  store: Store,
  options: EndOptions,
  world: World,
): Promise<ExitCode> {
  const tell = (line: string): void => {
    if (options.json !== true) writeWrapped(world.stderr, line);
  };
  const wasOver = finished !== undefined;
  if (wasOver) tell(`Run ${run} has ended already.\n`);
  const code = wasOver ? exitCodes.ok : await ended({run, store, options, tell}, world);
  if (code !== exitCodes.ok && code !== exitCodes.killed) return code;
  const now = readRun(store, run);
  if (options.json === true) {
    const asked = wasOver ? null : options.now === true ? 'end' : 'stop';
    writeJson({asked, ...runJson(now, store)}, world);
  } else if (code === exitCodes.ok) showRun(now, {store, options, world});
  return code;
}

function announcement(run: string, {now, store}: EndOptions, world: World): string {
  const {commandLine} = world;
  if (now === true) return `Cancelling the members of run ${run}.\n`;
  const cancel = sameAgain({...commandLine, words: ['cancel', run, ...storeWords(store, world)]});
  return `Stopping run ${run}: its members save checkpoints, and leave. To end them at once: ${cancel}\n`;
}

interface Asked {
  readonly run: string;
  readonly store: Store;
  readonly options: EndOptions;
  readonly tell: (line: string) => void;
}

/** Asks, and waits for the end; `killed`: Ctrl-C ended the wait. */
async function ended(asked: Asked, world: World): Promise<ExitCode> {
  const foreign = foreignFileFault(requestPath(asked.store, asked.run));
  return await (foreign === undefined ? endOwn(asked, world) : stopOther(asked, foreign, world));
}

/** Asks the members of another user's run to leave, and waits until nothing of it goes on. */
async function stopOther(
  {run, store, options, tell}: Asked,
  foreign: string,
  world: World,
): Promise<ExitCode> {
  const refuse = (message: string): ExitCode => {
    world.faults.fault('unfit-run', message);
    return exitCodes.usage;
  };
  if (options.now === true) return refuse(`Run ${run} is only cancelled by its user: ${foreign}`);
  try {
    await askToStop(store, run);
  } catch (error) {
    if (!isSystemError(error)) throw error;
    return refuse(`Run ${run} belongs to another user, and is not stopped: ${whyRefused(error)}.`);
  }
  tell(`Stopping run ${run}: its members save checkpoints, and leave.\n`);
  const leave = new AbortController();
  const release = world.onInterrupt(() => leave.abort());
  try {
    await runEnded(run, store, {signal: leave.signal, lookMs: world.waits.lookMs});
  } finally {
    release();
  }
  return leave.signal.aborted ? exitCodes.killed : exitCodes.ok;
}

async function endOwn({run, store, options, tell}: Asked, world: World): Promise<ExitCode> {
  tell(announcement(run, options, world));
  const opened = await openClusterRun(store, run, world);
  if (typeof opened === 'number') return opened;
  await using crew = new Crew(opened, opened.loadNeed, world);
  crew.teller.giveTo(tell);
  const [never, leave] = [new AbortController(), new AbortController()];
  const release = world.onInterrupt(() => leave.abort());
  const requests = {
    stopSignal: AbortSignal.abort(),
    cancelSignal: options.now === true ? AbortSignal.abort() : never.signal,
    leaveSignal: leave.signal,
    release,
  };
  try {
    const {lookMs} = world.waits;
    const onEvent = (): void => undefined;
    const {end} = await followRun({store, run, crew, requests, lookMs, onEvent});
    return end === 'finished' ? exitCodes.ok : exitCodes.killed;
  } finally {
    release();
  }
}
