import {ChangeWatch} from '../../journal/change-watch.ts';
import {findRun, listRuns, type FoundRun} from '../../journal/find-run.ts';
import {readRunStart} from '../../journal/journal.ts';
import {JournalTail} from '../../journal/journal-tail.ts';
import {journalPath, readRun, RunAccount} from '../../journal/run-account.ts';
import {displayPath} from '../../report/text/run-place.ts';
import {isAlive, isForeign, signalProcess} from '../../store/claims/process-identity.ts';
import {runFolder, type Store} from '../../store/layout.ts';
import {sameAgain} from '../command-line.ts';
import type {FaultCode} from '../faults.ts';
import {exitCodes, type ExitCode} from '../exit-codes.ts';
import {existingStore} from '../named-run.ts';
import {storeWords} from '../options/store-option.ts';
import {runJson, showRun} from '../reading/status-command.ts';
import type {World} from '../world.ts';
import {writeJson} from '../write-json.ts';

export interface StopOptions {
  readonly store: string;
  /** Ends the run at once, as a second Ctrl-C does. */
  readonly now?: true;
  readonly json?: true;
}

/**
 * `pipeline stop [RUN]`: asks a run to save checkpoints and suspend, as Ctrl-C does, waits for its end, and shows its
 * state. A run that was asked before is not asked again.
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
  const found = text === undefined ? findLiveRun(store, world) : findRun(store, text);
  if (found.kind === 'unknown') return refuse(found.message, 'unknown-run');
  const account = readRun(store, found.run);
  const {run, started, finished} = account;
  if (started === undefined) return refuse(`Run ${run} has not begun.`);
  const {head} = started;
  if (finished === undefined && isForeign(head)) {
    return refuse(`Run ${run} belongs to the machine ${head.host}: stop it there.`);
  }
  const sent = account.isLive ? signalProcess(head, signalsFor(options)) : 'gone';
  if (sent === 'refused') {
    return refuse(
      `Run ${run} (process ${head.pid}) belongs to another user: only they can stop it.`,
    );
  }
  if (options.json !== true) {
    world.stdout.write(
      sent === 'gone' ? `Run ${run} has ended already.\n` : asked(run, options, world),
    );
  }
  const isOver = sent === 'gone' || (await hasEnded(store, run, options, world));
  if (options.json === true) {
    const request = sent === 'gone' ? null : options.now === true ? 'end' : 'stop';
    writeJson({asked: request, ...runJson(readRun(store, run), store)}, world);
  } else if (isOver) showRun(readRun(store, run), {store, options, world});
  return isOver ? exitCodes.ok : exitCodes.killed;
}

/** The only run of this machine that goes on. */
function findLiveRun(store: Store, {cwd}: World): FoundRun {
  // Few heads are alive, and only their journals are read to the end.
  const live = listRuns(store).filter((run) => {
    const head = readRunStart(journalPath(store, run))?.head;
    return head !== undefined && isAlive(head) && readRun(store, run).isLive;
  });
  const [only, ...others] = live;
  if (only !== undefined && others.length === 0) return {kind: 'found', run: only};
  const message =
    only === undefined
      ? `No run is going on in ${displayPath(store.root, cwd)}.`
      : `${live.length} runs are going on: ${live.join(', ')}. Name one of them.`;
  return {kind: 'unknown', message, candidates: live.length};
}

/**
 * A hang-up asks a run to stop, however often it comes. Of two other interrupts, the first asks and the second ends the
 * run, in whatever order they arrive. A process that Ctrl-Z has stopped takes them once it goes on.
 */
function signalsFor({now}: StopOptions): readonly NodeJS.Signals[] {
  return now === true ? ['SIGTERM', 'SIGINT', 'SIGCONT'] : ['SIGHUP', 'SIGCONT'];
}

function asked(run: string, {now, store}: StopOptions, {commandLine}: World): string {
  if (now === true) return `Ending run ${run}.\n`;
  const words = ['stop', run, '--now', ...storeWords(store)];
  const atOnce = sameAgain({...commandLine, words});
  return `Stopping run ${run}: its stages save a checkpoint first. To end it at once: ${atOnce}\n`;
}

/** Waits until a run has ended; `false`: Ctrl-C ended the wait. */
async function hasEnded(
  store: Store,
  run: string,
  {json}: StopOptions,
  world: World,
): Promise<boolean> {
  const account = new RunAccount(run);
  const journal = new JournalTail(journalPath(store, run));
  const stop = new AbortController();
  const release = world.onInterrupt(() => stop.abort());
  using changes = new ChangeWatch([runFolder(store, run)]);
  try {
    for (let isLive = true; isLive && !stop.signal.aborted;) {
      for (const event of journal.next()) account.add(event);
      ({isLive} = account);
      if (isLive) await changes.wait(stop.signal);
    }
  } finally {
    release();
  }
  if (stop.signal.aborted && json !== true) world.stderr.write(`Run ${run} goes on stopping.\n`);
  return !stop.signal.aborted;
}
