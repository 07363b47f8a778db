import type {InstanceId} from '../pipeline/graph/instance.ts';
import {orderIn} from '../journal/order-in.ts';
import {readRun, type RunAccount} from '../journal/run-account.ts';
import type {Store} from '../store/layout.ts';
import {readFingerprint} from '../store/records/read-fingerprint.ts';
import type {Key} from '../store/records/record.ts';
import {compareRuns, type ComparedRun, type RunComparison} from './compare-runs.ts';
import type {RunMetrics} from './run-metrics.ts';
import {summariseRun, type RunSummary} from './run-summary.ts';

/** What runs are read with. */
export interface Reading {
  readonly store: Store;
  readonly metrics: RunMetrics;
  readonly nowMs: number;
}

/** Reads and sums up runs, one after the other: each journal once, and only one at a time is in memory. */
export async function* readSummaries(
  runs: Iterable<string>,
  {store, metrics, nowMs}: Reading,
): AsyncGenerator<RunSummary, void> {
  for (const run of runs) {
    yield await summaryOf(readRun(store, run), {metrics, nowMs});
  }
}

/** Sums up a run. */
export async function summaryOf(
  account: RunAccount,
  {metrics, nowMs}: Omit<Reading, 'store'>,
): Promise<RunSummary> {
  const found = await metrics.of(account);
  // Of many runs, the numbers of all instances would not fit into memory.
  const means = Array.from(found, ([name, {parts: _parts, ...mean}]) => [name, mean] as const);
  return summariseRun(account, new Map(means), nowMs);
}

/** Reads and compares runs. */
export async function readComparison(
  runs: Iterable<string>,
  {store, metrics, nowMs}: Reading,
): Promise<RunComparison> {
  const compared: ComparedRun[] = [];
  for (const run of runs) compared.push(await comparedRun(readRun(store, run), {metrics, nowMs}));
  return compareRuns(compared, (result) => readFingerprint(store, result));
}

/** What a comparison needs of a run. */
export async function comparedRun(
  account: RunAccount,
  {metrics, nowMs}: Omit<Reading, 'store'>,
): Promise<ComparedRun> {
  const results = metrics.results(account);
  const keys = new Map<InstanceId, Key>();
  for (const {id, key} of [...account.instances.values()].sort(orderIn(account))) {
    if (key !== undefined) keys.set(id, key);
  }
  const measured = await metrics.of(account, results);
  const summary = summariseRun(account, measured, nowMs);
  return {summary, keys, results, metrics: measured};
}
