import path from 'node:path';
import type {InstanceId} from '../../pipeline/graph/instance.ts';
import {tinted} from '../../report/live/colours.ts';
import type {ProcessPlace} from '../../report/format/process-text.ts';
import {quoteWord} from '../../base/quote-word.ts';
import {readRun, type RunAccount} from '../../journal/run-account.ts';
import {displayPath} from '../../report/text/run-place.ts';
import {statusText} from '../../report/text/status-text.ts';
import {findRun, listRuns} from '../../journal/find-run.ts';
import {findLease} from '../../store/claims/lease.ts';
import {silenceOf} from '../../store/claims/members.ts';
import {isForeign, placeOf, type ProcessIdentity} from '../../store/claims/process-identity.ts';
import type {Store} from '../../store/layout.ts';
import {sameAgain} from '../command-line.ts';
import {exitCodes, type ExitCode} from '../exit-codes.ts';
import {storeWords} from '../options/store-option.ts';
import {existingStore} from '../named-run.ts';
import type {World} from '../world.ts';
import {writeJson} from '../write-json.ts';

export interface StatusOptions {
  readonly store: string;
  readonly json?: true;
}

/** `pipeline status [RUN]`: shows the state or the outcome of a run. */
export async function statusCommand(
  text: string,
  options: StatusOptions,
  world: World,
): Promise<ExitCode> {
  const store = existingStore(options.store, world);
  if (typeof store === 'number') return store;
  const {stdout} = world;
  const names = listRuns(store);
  if (names.length === 0 && options.json === true) {
    writeJson(null, world);
    return exitCodes.ok;
  }
  if (names.length === 0) {
    stdout.write(`There is no run in ${displayPath(store.root, world.cwd)} yet.\n`);
    return exitCodes.ok;
  }
  const found = findRun(store, text);
  if (found.kind === 'unknown') {
    world.faults.fault('unknown-run', found.message);
    return exitCodes.usage;
  }
  showRun(readRun(store, found.run), {store, options, world});
  return exitCodes.ok;
}

/** Prints the state of a run. */
export function showRun(
  run: RunAccount,
  {store, options, world}: {store: Store; options: StatusOptions; world: World},
): void {
  const {stdout, cwd} = world;
  const {program} = world.commandLine;
  if (options.json === true) {
    writeJson(runJson(run, store), world);
    return;
  }
  const workers = findWorkers(run, store);
  const silentMsOf = (head: ProcessIdentity): number | undefined =>
    head.member !== undefined && isForeign(head) ? silenceOf(store, head.member) : undefined;
  const silentMs = run.started === undefined ? undefined : silentMsOf(run.started.head);
  const about = (...words: readonly string[]): string =>
    sameAgain({program, words: [...words, run.run, ...storeWords(options.store, world)]});
  const status = statusText(run, {
    columns: stdout.size().columns,
    nowMs: Date.now(),
    workers,
    ...(silentMs !== undefined && {silentMs}),
    silentMsOf: ({head}) => silentMsOf(head),
    again: run.started?.command ?? `pipeline run ${quoteWord(run.started?.pipeline ?? 'FILE')}`,
    follow: about('logs', '-f'),
    attach: about('attach'),
    logOf: ({logs}) => {
      const log = logs.at(-1);
      return log === undefined ? undefined : displayPath(path.join(store.root, log), cwd);
    },
  });
  stdout.write(stdout.colours ? tinted(status) : status);
}

/** The state of a run for programs. */
export function runJson(run: RunAccount, store: Store): object {
  const found = [...findWorkers(run, store)];
  const workers = Object.fromEntries(found.map(([id, {pid}]) => [id, pid]));
  const elsewhere = found.flatMap(([id, {host}]) => (host === undefined ? [] : [[id, host]]));
  const hosts = elsewhere.length === 0 ? {} : {hosts: Object.fromEntries(elsewhere) as object};
  const cluster = run.started?.cluster === undefined ? {} : clusterJson(run);
  return {...summary(run), ...cluster, workers, ...hosts, instances: [...run.instances.values()]};
}

function clusterJson({started, members, awaited}: RunAccount): object {
  return {
    cluster: started?.cluster,
    members: members.map(({head, name, pool, job, devices, standing, left, running}) => ({
      member: head.member,
      name,
      host: head.host,
      pool,
      job,
      devices,
      standing,
      left,
      running: running.map(({id}) => id),
    })),
    awaited: Object.fromEntries(awaited),
  };
}

/** The processes that compute instances of a run, whether or not the run is live. */
export function findWorkers(run: RunAccount, store: Store): ReadonlyMap<InstanceId, ProcessPlace> {
  const workers = new Map<InstanceId, ProcessPlace>();
  for (const {id, key, standing} of run.instances.values()) {
    if (key === undefined || (standing !== 'running' && standing !== 'waiting')) continue;
    const lease = findLease(store, key);
    if (lease !== undefined) workers.set(id, placeOf(lease));
  }
  return workers;
}

function summary({run, started, finished, facts, outcome}: RunAccount): object {
  const {at: _at, kind: _kind, ...totals} = finished ?? {at: undefined, kind: undefined};
  return {
    run,
    pipeline: started?.pipeline,
    command: started?.command,
    set: facts?.set,
    startedAt: started?.at,
    instances: started?.instances,
    outcome,
    ...totals,
  };
}
