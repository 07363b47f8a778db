import {findRun, listRuns, type FoundRun} from '../../journal/find-run.ts';
import {readRunStart} from '../../journal/journal.ts';
import {readRun, type RunAccount} from '../../journal/run-account.ts';
import {runEnded} from '../../journal/run-ended.ts';
import {displayPath} from '../../report/text/run-place.ts';
import {findActivity} from '../../store/claims/activity.ts';
import type {Lease} from '../../store/claims/lease.ts';
import {isForeign, isRunning, signalProcess} from '../../store/claims/process-identity.ts';
import {journalPath, type Store} from '../../store/layout.ts';
import {sameAgain} from '../command-line.ts';
import type {FaultCode} from '../faults.ts';
import {exitCodes, type ExitCode} from '../exit-codes.ts';
import {existingStore} from '../named-run.ts';
import {storeWords} from '../options/store-option.ts';
import {runJson, showRun} from '../reading/status-command.ts';
import type {World} from '../world.ts';
import {writeJson} from '../write-json.ts';
import {livingWorkers, stopWorkers, workersEnded} from './stop-workers.ts';

export interface StopOptions {
  readonly store: string;
  /** Ends the run at once, as a second Ctrl-C does. */
  readonly now?: true;
  readonly json?: true;
}

/**
 * `pipeline stop [RUN]`: asks a run to save checkpoints and suspend, as Ctrl-C does, waits for its end, and shows its
 * state. A run that was asked before is not asked again. If its process was killed, its workers are asked; on a cluster, its
 * members are.
 * @param text the run; absent: the only one that goes on
 */
export async function stopCommand(
  text: string | undefined,
  options: StopOptions,
  world: World,
): Promise<ExitCode> {
  const store = existingStore(options.store, world);
  if (typeof store === 'number') return store;
  const refuse = (message: string, code: FaultCode = 'unfit-run'): ExitCode => {
    world.faults.fault(code, message);
    return exitCodes.usage;
  };
  const found = text === undefined ? await findLiveRun(store, world) : findRun(store, text);
  if (found.kind === 'unknown') return refuse(found.message, 'unknown-run');
  const account = readRun(store, found.run);
  const {run, started} = account;
  if (started === undefined) return refuse(`Run ${run} has not begun.`);
  if (started.cluster !== undefined) {
    const {endRun} = await import('../cluster/view/end-run.ts');
    return await endRun(account, store, options, world);
  }
  const {head} = started;
  if (isElsewhere(account)) {
    return refuse(`Run ${run} belongs to the machine ${head.host}: stop it there.`);
  }
  const sent = account.isLive ? signalProcess(head, signalsFor(options)) : 'gone';
  if (sent === 'refused') {
    return refuse(
      `Run ${run} (process ${head.pid}) belongs to another user: only they can stop it.`,
    );
  }
  const {wasAsked, isOver, refusal} =
    sent === 'sent'
      ? await headEnds(run, store, {options, world})
      : await restEnds(readRun(store, run), store, {options, world});
  if (isOver && refusal !== undefined) return refuse(refusal);
  if (options.json === true) {
    const asked = !wasAsked ? null : options.now === true ? 'end' : 'stop';
    writeJson({asked, ...runJson(readRun(store, run), store)}, world);
  } else if (isOver) showRun(readRun(store, run), {store, options, world});
  return isOver ? exitCodes.ok : exitCodes.killed;
}

/** Whether a run may go on where its process cannot be reached from here. */
function isElsewhere({started, finished, isLive}: RunAccount): boolean {
  if (started === undefined || finished !== undefined || !isForeign(started.head)) return false;
  // Without a member nothing tells whether it lives.
  return isLive || started.head.member === undefined;
}

/** The only run of this machine that goes on or, if there is none, that has left workers behind. */
async function findLiveRun(store: Store, {cwd}: World): Promise<FoundRun> {
  const runs = listRuns(store);
  // Few heads are alive, and only their journals are read to the end; on a cluster, members may outlive the head.
  let live = runs.filter((run) => {
    const start = readRunStart(journalPath(store, run));
    if (start === undefined) return false;
    return (isRunning(start.head) || start.cluster !== undefined) && readRun(store, run).isLive;
  });
  if (live.length === 0 && (await findActivity(store)).keys.size > 0) {
    live = runs.filter((run) => livingWorkers(readRun(store, run), store).length > 0);
  }
  const [only, ...others] = live;
  if (only !== undefined && others.length === 0) return {kind: 'found', run: only};
  const message =
    only === undefined
      ? `No run is going on in ${displayPath(store.root, cwd)}.`
      : `${live.length} runs are going on: ${live.join(', ')}. Name one of them.`;
  return {kind: 'unknown', message, candidates: live.length};
}

interface Asked {
  readonly options: StopOptions;
  readonly world: World;
}

interface Ending {
  /** Whether a process was asked. */
  readonly wasAsked: boolean;
  /** `false`: Ctrl-C ended the wait. */
  readonly isOver: boolean;
  /** The reason why some go on, as a sentence. Absent: none does. */
  readonly refusal?: string;
}

/** Says that the process of a run was asked, and waits for the end of the run. */
async function headEnds(run: string, store: Store, asked: Asked): Promise<Ending> {
  const how = atOnce('it', run, asked);
  say(
    asked.options.now === true
      ? `Ending run ${run}.`
      : `Stopping run ${run}: its stages save a checkpoint first. ${how}`,
    asked,
  );
  const isOver = await untilEnd(run, asked, (signal) => runEnded(run, store, {signal}));
  return {wasAsked: true, isOver};
}

/** Asks the workers of a run whose process has ended, says how many, and waits for their end. */
async function restEnds(account: RunAccount, store: Store, asked: Asked): Promise<Ending> {
  const {run, finished} = account;
  if (finished !== undefined) {
    say(`Run ${run} has ended already.`, asked);
    return {wasAsked: false, isOver: true};
  }
  const living = livingWorkers(account, store);
  const {reached, refused} = await stopWorkers(living, store, asked.options);
  const refusal = refused.length === 0 ? undefined : refusalOf(refused, run);
  const rest = {wasAsked: reached.length > 0, ...(refusal !== undefined && {refusal})};
  if (reached.length > 0) return {...rest, isOver: await workersEnd(reached, run, store, asked)};
  if (refusal === undefined) {
    say(`Run ${run} is not running: its process was killed, and none of its workers lives.`, asked);
  }
  return {...rest, isOver: true};
}

function refusalOf(workers: readonly Lease[], run: string): string {
  const pids = workers.map(({pid}) => pid).join(', ');
  const those =
    workers.length === 1
      ? `a worker (process ${pids}) goes on that belongs`
      : `${workers.length} workers (processes ${pids}) go on that belong`;
  return `The process of run ${run} was killed, and ${those} to another user: only they can stop ${workers.length === 1 ? 'it' : 'them'}.`;
}

/** Says how many workers were asked, and waits for their end; `false`: Ctrl-C ended the wait. */
async function workersEnd(
  workers: readonly Lease[],
  run: string,
  store: Store,
  asked: Asked,
): Promise<boolean> {
  const {options} = asked;
  const isOne = workers.length === 1;
  const left = `${isOne ? '1 worker' : `${workers.length} workers`} that it left behind`;
  const killed = `The process of run ${run} was killed.`;
  const they = isOne ? 'it saves' : 'they save';
  const how = atOnce(isOne ? 'it' : 'them', run, asked);
  say(
    options.now === true
      ? `${killed} Ending ${left}.`
      : `${killed} Stopping ${left}: ${they} a checkpoint first. ${how}`,
    asked,
  );
  return await untilEnd(run, asked, (signal) => workersEnded(workers, store, signal));
}

/** Tells people. JSON says it all at the end. */
function say(sentence: string, {options, world}: Asked): void {
  if (options.json !== true) world.stdout.write(`${sentence}\n`);
}

/**
 * A hang-up asks a run to stop, however often it comes. Of two other interrupts, the first asks and the second ends the
 * run, in whatever order they arrive. A process that Ctrl-Z has stopped takes them once it goes on.
 */
function signalsFor({now}: StopOptions): readonly NodeJS.Signals[] {
  return now === true ? ['SIGTERM', 'SIGINT', 'SIGCONT'] : ['SIGHUP', 'SIGCONT'];
}

function atOnce(what: 'it' | 'them', run: string, {options, world}: Asked): string {
  const words = ['stop', run, '--now', ...storeWords(options.store, world)];
  return `To end ${what} at once: ${sameAgain({...world.commandLine, words})}`;
}

/** Waits for an end; `false`: Ctrl-C ended the wait. */
async function untilEnd(
  run: string,
  {options, world}: Asked,
  ended: (signal: AbortSignal) => Promise<void>,
): Promise<boolean> {
  const stop = new AbortController();
  const release = world.onInterrupt(() => stop.abort());
  try {
    await ended(stop.signal);
  } finally {
    release();
  }
  if (stop.signal.aborted && options.json !== true) {
    world.stderr.write(`Run ${run} goes on stopping.\n`);
  }
  return !stop.signal.aborted;
}
