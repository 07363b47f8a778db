import type {InstanceId} from '../pipeline/graph/instance.ts';
import type {Reason} from '../plan/verdict.ts';
import type {Store} from '../store/layout.ts';
import type {Key, StageRecord} from '../store/records/record.ts';
import type {RunEvent} from './event.ts';
import {listRuns} from './find-run.ts';
import {readableJournal, searchedRuns} from './recent-journals.ts';

/** The outcome of an instance in one run. */
export interface InstanceTrace {
  readonly run: string;
  /** The reasons for which it was started. Absent: it was not started. */
  readonly reasons?: readonly Reason[];
  /** Its last key in the run. Absent: it never had one. */
  readonly key?: Key;
  /** The last event about it. */
  readonly last: RunEvent;
}

/**
 * Finds what runs did about instances. Journals are read on demand, the newest first, and each at most twice, however many instances are
 * asked about.
 */
export class InstanceTraces {
  readonly #store: Store;
  /** Oldest first. */
  readonly #runs: readonly string[];
  /** The newest runs, newest first, that are not in `#latest` yet. */
  readonly #unread: string[];
  readonly #latest = new Map<InstanceId, InstanceTrace>();
  /** Runs whose attempts are known. */
  readonly #known = new Set<string>();
  readonly #attempts = new Map<string, InstanceTrace>();

  constructor(store: Store) {
    this.#store = store;
    this.#runs = listRuns(store);
    this.#unread = this.#runs.slice(-searchedRuns).toReversed();
  }

  /** The trace of an instance in the newest run that mentions it. */
  latest(id: InstanceId): InstanceTrace | undefined {
    while (!this.#latest.has(id)) {
      const run = this.#unread.shift();
      if (run === undefined) return undefined;
      for (const [instance, trace] of this.#read(run)) {
        if (!this.#latest.has(instance)) this.#latest.set(instance, trace);
      }
    }
    return this.#latest.get(id);
  }

  /**
   * The run that made a record, and its reasons, if its journal still exists. The instance may have had another name in
   * it.
   */
  originOf({
    attempt,
    startedAt,
  }: Pick<StageRecord, 'attempt' | 'startedAt'>): InstanceTrace | undefined {
    const known = this.#attempts.get(attempt);
    if (known !== undefined) return known;
    // A run's name begins with the time of its start.
    const time = startedAt.replaceAll(/[-:Z]/g, '').replace('T', '-');
    const before = this.#runs.filter((run) => run.slice(0, time.length) <= time);
    for (const run of before.slice(-searchedRuns).toReversed()) {
      if (this.#attempts.has(attempt)) break;
      if (!this.#known.has(run)) this.#read(run);
    }
    return this.#attempts.get(attempt);
  }

  /** Reads a journal: notes its attempts, and gives the trace of each instance in it. */
  #read(run: string): ReadonlyMap<InstanceId, InstanceTrace> {
    this.#known.add(run);
    const traces = new Map<InstanceId, InstanceTrace>();
    for (const event of readableJournal(this.#store, run)) {
      if (!('instance' in event) || event.kind === 'progress') continue;
      const before = traces.get(event.instance);
      // The reasons are those of its first attempt.
      const reasons = event.kind === 'started' && {reasons: event.reasons};
      traces.set(event.instance, {run, ...reasons, ...before, last: event, ...keyOf(event)});
      if (event.kind === 'started') {
        this.#attempts.set(event.attempt, {run, last: event, reasons: event.reasons});
      }
    }
    return traces;
  }
}

function keyOf(event: RunEvent): {readonly key?: Key} {
  if (event.kind === 'finished') return {key: event.record.key};
  return 'key' in event ? {key: event.key} : {};
}
