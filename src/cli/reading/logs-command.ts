import path from 'node:path';
import type {InstanceId} from '../../pipeline/graph/instance.ts';
import {LogTail, linesOf, prefixed} from '../../journal/log-tail.ts';
import {logText} from '../../report/text/log-text.ts';
import {matchInstances, nearestInstance} from '../../journal/match-instances.ts';
import {readRun, RunAccount, type InstanceAccount} from '../../journal/run-account.ts';
import {RunTail} from '../../journal/members/run-tail.ts';
import {findRun} from '../../journal/find-run.ts';
import {runFolder, type Store} from '../../store/layout.ts';
import {findLease} from '../../store/claims/lease.ts';
import {ChangeWatch} from '../../journal/change-watch.ts';
import {exitCodes, type ExitCode} from '../exit-codes.ts';
import {existingStore} from '../named-run.ts';
import type {World} from '../world.ts';
import {writeJsonLine} from '../write-json.ts';

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
  const chosen = chooseRun(words, store);
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
    : print(chosen, {store, show}, world);
}

interface Chosen {
  readonly kind: 'chosen';
  readonly account: RunAccount;
  readonly selectors: readonly string[];
}

/** The run that the first word names, or otherwise the newest. */
function chooseRun(
  words: readonly string[],
  store: Store,
): Chosen | {readonly kind: 'unknown'; readonly message: string} {
  const latest = findRun(store, 'latest');
  if (latest.kind === 'unknown') return latest;
  const [first, ...rest] = words;
  const newest: Chosen = {kind: 'chosen', account: readRun(store, latest.run), selectors: words};
  if (first === undefined || isIn(newest.account, first)) return newest;
  const named = findRun(store, first);
  if (named.kind === 'found') {
    return {kind: 'chosen', account: readRun(store, named.run), selectors: rest};
  }
  // No stage's name begins with a digit: the word was meant as a run.
  return /^\d/.test(first) ? named : newest;
}

function isIn({instances}: RunAccount, selector: string): boolean {
  return matchInstances(selector, instances.keys()).length > 0;
}

function notThere(selector: string, {run, instances}: RunAccount): string {
  const near = nearestInstance(selector, instances.keys());
  const meant = near === undefined ? '.' : `; did you mean \`${near}\`?`;
  return `Run ${run} has no instance \`${selector}\`${meant}`;
}

type Show = (id: string, lines: Buffer) => void;

/** Writes lines of logs: as they are, after the name of the instance, or as JSON. */
function lineWriter({json}: LogsOptions, world: World): (isPrefixed: boolean) => Show {
  if (json === true) {
    return () => (instance, lines) => {
      for (const line of linesOf(lines)) writeJsonLine({instance, text: line.toString()}, world);
    };
  }
  return (isPrefixed) => (id, lines) =>
    world.stdout.writeStored(isPrefixed ? prefixed(id, lines) : lines, logText);
}

function print(
  {account, selectors}: Chosen,
  {store, show}: {readonly store: Store; readonly show: (isPrefixed: boolean) => Show},
  world: World,
): ExitCode {
  const meant = meantBy(selectors, account);
  const shown = meant.filter(({logs}) => logs.length > 0);
  const tail = new LogTail(store, show(shown.length > 1));
  for (const {id, logs} of shown) for (const log of logs) tail.finish(id, log);
  if (shown.length === 0) {
    const wereStored = meant.length > 0 && meant.every(({standing}) => standing === 'hit');
    const why = wereStored ? 'all results were stored already' : 'no instance has begun';
    world.stderr.write(`No logs in run ${account.run}: ${why}.\n`);
  }
  return exitCodes.ok;
}

function meantBy(
  selectors: readonly string[],
  {instances}: RunAccount,
): readonly InstanceAccount[] {
  if (selectors.length === 0) return [...instances.values()];
  const ids = new Set(selectors.flatMap((text) => matchInstances(text, instances.keys())));
  return [...instances.values()].filter(({id}) => ids.has(id));
}

/** Follows logs until the run has ended and nothing of it is computed any more, or until Ctrl-C. */
async function follow(
  chosen: Chosen,
  {store, show}: {readonly store: Store; readonly show: Show},
  world: World,
): Promise<ExitCode> {
  const {run} = chosen.account;
  const account = new RunAccount(store, run);
  const events = new RunTail(store, run);
  const tail = new LogTail(store, show);
  const isMeant = (id: InstanceId): boolean =>
    chosen.selectors.length === 0 ||
    chosen.selectors.some((selector) => matchInstances(selector, [id]).length > 0);
  const open = new Set<InstanceId>();
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
      }
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
