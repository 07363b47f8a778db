import path from 'node:path';
import type {InstanceId} from '../../pipeline/graph/instance.ts';
import {LogTail, linesOf, prefixed} from '../../journal/log-tail.ts';
import {logText} from '../../report/text/log-text.ts';
import {matchInstances} from '../../journal/match-instances.ts';
import {RunAccount, type InstanceAccount} from '../../journal/run-account.ts';
import {RunTail} from '../../journal/members/run-tail.ts';
import {writeWrapped} from '../../report/format/wrapped.ts';
import {runFolder, type Store} from '../../store/layout.ts';
import {findLease} from '../../store/claims/lease.ts';
import {ChangeWatch} from '../../journal/change-watch.ts';
import {exitCodes, type ExitCode} from '../exit-codes.ts';
import {existingStore} from '../named-run.ts';
import type {World} from '../world.ts';
import {writeJsonLine} from '../write-json.ts';
import {sameAgain} from '../command-line.ts';
import {storeWords} from '../options/store-option.ts';
import {chooseLogs, isIn, meantBy, notThere, type ChosenLogs} from './choose-logs.ts';
import {showMadeLogs, type ShowLines} from './show-made-logs.ts';

export interface LogsOptions {
  readonly store: string;
  /** Follows the logs until the run has ended. */
  readonly follow?: true;
  readonly json?: true;
}

/** `pipeline logs [RUN] [SELECTOR…]`: shows the logs of a run's instances, and with `-f` follows them. */
export async function logsCommand(
  words: readonly string[],
  options: LogsOptions,
  world: World,
): Promise<ExitCode> {
  const store = existingStore(options.store, world);
  if (typeof store === 'number') return store;
  const chosen = chooseLogs(words, store);
  if (chosen.kind === 'unknown') {
    world.faults.fault('unknown-run', chosen.message);
    return exitCodes.usage;
  }
  const {account, selectors} = chosen;
  // While a run goes on, a selected instance may not have begun.
  const isAwaited = options.follow === true && isGoingOn(account, store);
  const strangers = isAwaited ? [] : selectors.filter((text) => !isIn(account, text));
  if (strangers.length > 0) {
    for (const text of strangers) world.faults.fault('unknown-instance', notThere(text, account));
    return exitCodes.usage;
  }
  const show = lineWriter(options, world);
  return isAwaited
    ? await follow(chosen, {store, show: show(true)}, world)
    : print(chosen, {store, named: options.store, show}, world);
}

/** Writes lines of logs: as they are, after the name of the instance, or as JSON. */
function lineWriter({json}: LogsOptions, world: World): (isPrefixed: boolean) => ShowLines {
  if (json === true) {
    return () => (instance, lines, run) => {
      for (const line of linesOf(lines)) {
        writeJsonLine({instance, text: line.toString(), run}, world);
      }
    };
  }
  return (isPrefixed) => (id, lines) =>
    world.stdout.writeStored(isPrefixed ? prefixed(id, lines) : lines, logText);
}

function print(
  chosen: ChosenLogs,
  {
    store,
    named,
    show,
  }: {
    readonly store: Store;
    /** The store, as the user names it. */
    readonly named: string;
    readonly show: (isPrefixed: boolean) => ShowLines;
  },
  world: World,
): ExitCode {
  const {account, selectors} = chosen;
  const meant = meantBy(chosen);
  const own = meant.filter(({logs}) => logs.length > 0);
  const hits = meant.filter(({standing, logs}) => standing === 'hit' && logs.length === 0);
  // Without a selector, the logs are those of what the run did.
  const made = selectors.length === 0 ? [] : hits;
  const lines = show(own.length + made.length > 1);
  showMadeLogs(made, {store, show: lines}, world);
  const tail = new LogTail(store, (id, text) => lines(id, text, account.run));
  for (const {id, logs} of own) for (const log of logs) tail.finish(id, log);
  if (own.length + made.length === 0) {
    const wereStored = meant.length > 0 && hits.length === meant.length;
    tellNone(account, {store: named, wereStored}, world);
  }
  return exitCodes.ok;
}

function tellNone(
  {run, instances}: RunAccount,
  {store, wereStored}: {readonly store: string; readonly wereStored: boolean},
  world: World,
): void {
  const [first] = instances.keys();
  const command = sameAgain({
    ...world.commandLine,
    words: ['logs', `${run}/${first ?? ''}`, ...storeWords(store, world)],
  });
  const why = wereStored
    ? `all results were stored already. The log that made one: ${command}`
    : 'no instance has begun.';
  writeWrapped(world.stderr, `No logs in run ${run}: ${why}\n`);
}

/** Follows logs until the run has ended and nothing of it is computed any more, or until Ctrl-C. */
async function follow(
  chosen: ChosenLogs,
  {store, show}: {readonly store: Store; readonly show: ShowLines},
  world: World,
): Promise<ExitCode> {
  const {run} = chosen.account;
  const account = new RunAccount(store, run);
  const events = new RunTail(store, run);
  const tail = new LogTail(store, (id, lines) => show(id, lines, run));
  const isMeant = (id: InstanceId): boolean =>
    chosen.selectors.length === 0 ||
    chosen.selectors.some((selector) => matchInstances(selector, [id]).length > 0);
  const isNamed = (id: InstanceId): boolean => chosen.selectors.length > 0 && isMeant(id);
  const open = new Set<InstanceId>();
  const hits: InstanceId[] = [];
  const stop = new AbortController();
  const release = world.onInterrupt(() => stop.abort());
  using changes = new ChangeWatch([
    runFolder(store, run),
    path.join(runFolder(store, run), 'logs'),
  ]);
  try {
    for (let isLive = mayWrite(chosen.account); !stop.signal.aborted;) {
      for (const event of events.next()) {
        account.add(event);
        if (event.kind === 'started' && isMeant(event.instance)) open.add(event.instance);
        if (event.kind === 'hit' && isNamed(event.instance)) hits.push(event.instance);
      }
      const made = hits.splice(0).map((id) => account.instances.get(id)!);
      if (made.length > 0) showMadeLogs(made, {store, show}, world);
      for (const id of open) {
        const instance = account.instances.get(id)!;
        const earlier = instance.logs.slice(0, -1);
        for (const log of earlier) tail.finish(id, log);
        const log = instance.logs.at(-1)!;
        if (isRunning(instance, isLive, store)) tail.advance(id, log);
        else {
          tail.finish(id, log);
          open.delete(id);
        }
      }
      if (!isLive && open.size === 0) break;
      await changes.wait(stop.signal);
      // Asked before the journal is read, so that everything the run wrote before it ended is seen.
      isLive = mayWrite(account);
    }
  } finally {
    release();
  }
  return exitCodes.ok;
}

/** Whether logs of a run may still grow: it is live, or a worker of it has outlived it. */
function isGoingOn(run: RunAccount, store: Store): boolean {
  const instances = [...run.instances.values()];
  return mayWrite(run) || instances.some((instance) => isRunning(instance, false, store));
}

/** Whether a run lives, or will once its members join. */
function mayWrite({isLive, isAwaited}: RunAccount): boolean {
  return isLive || isAwaited;
}

/** Whether an instance may still write to its log. Its process may have outlived the run. */
function isRunning({standing, key}: InstanceAccount, isLive: boolean, store: Store): boolean {
  if (standing !== 'running') return false;
  return isLive || (key !== undefined && findLease(store, key) !== undefined);
}
