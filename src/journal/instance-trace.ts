import path from 'node:path';
import {isSystemError} from '../base/errno.ts';
import type {InstanceId} from '../pipeline/graph/instance.ts';
import type {Reason} from '../plan/verdict.ts';
import type {RunEvent} from './event.ts';
import {salvageJournal} from './journal.ts';
import {listRuns} from './find-run.ts';
import {runFolder, type Store} from '../store/layout.ts';
import type {Key, StageRecord} from '../store/records/record.ts';

/** What one run did about an instance. */
export interface InstanceTrace {
  readonly run: string;
  /** The reasons for which it was started. Absent: it was not started. */
  readonly reasons?: readonly Reason[];
  /** Its last key in the run. Absent: it never had one. */
  readonly key?: Key;
  /** The last event about it. */
  readonly last: RunEvent;
}

/** Number of the newest runs that are searched. */
const searchedRuns = 50;

/** The trace of an instance in the newest run that mentions it. */
export function latestTrace(store: Store, id: InstanceId): InstanceTrace | undefined {
  for (const run of listRuns(store).slice(-searchedRuns).toReversed()) {
    const events = journalOf(store, run).filter(
      (event) => 'instance' in event && event.instance === id && event.kind !== 'progress',
    );
    const last = events.at(-1);
    if (last !== undefined) return {run, last, ...keyOf(events), ...reasonsOf(events)};
  }
  return undefined;
}

/**
 * The run that made a record, and its reasons, if its journal still exists. The instance may have had another name in
 * it.
 */
export function originOf(
  store: Store,
  {attempt, startedAt}: StageRecord,
): InstanceTrace | undefined {
  // A run's name begins with the time of its start.
  const time = startedAt.replaceAll(/[-:Z]/g, '').replace('T', '-');
  const before = listRuns(store).filter((run) => run.slice(0, time.length) <= time);
  for (const run of before.slice(-searchedRuns).toReversed()) {
    const start = journalOf(store, run).find(
      (event) => event.kind === 'started' && event.attempt === attempt,
    );
    if (start !== undefined) return {run, last: start, ...reasonsOf([start])};
  }
  return undefined;
}

function keyOf(events: readonly RunEvent[]): {readonly key?: Key} {
  const keys = events.flatMap((event) => {
    if (event.kind === 'finished') return event.record.key;
    return 'key' in event ? event.key : [];
  });
  const last = keys.at(-1);
  return last === undefined ? {} : {key: last};
}

function reasonsOf(events: readonly RunEvent[]): {readonly reasons?: readonly Reason[]} {
  const start = events.find((event) => event.kind === 'started');
  return start === undefined ? {} : {reasons: start.reasons};
}

/** The events of a run, as far as its journal can be read. */
function journalOf(store: Store, run: string): readonly RunEvent[] {
  try {
    return salvageJournal(path.join(runFolder(store, run), 'events.jsonl')).events;
  } catch (error) {
    if (isSystemError(error)) return [];
    throw error;
  }
}
