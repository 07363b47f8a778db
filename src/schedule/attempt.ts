import {randomBytes} from 'node:crypto';
import {statSync} from 'node:fs';
import {isSystemError} from '../base/errno.ts';
import {claimKey} from '../store/claims/claim-key.ts';
import {releaseLease, type Lease} from '../store/claims/lease.ts';
import type {Store} from '../store/layout.ts';
import {findRecord} from '../store/records/find-record.ts';
import type {StageRecord} from '../store/records/record.ts';
import {storeFaultText} from '../store/store-fault.ts';
import type {Outcome} from '../worker/protocol.ts';
import type {Worker} from './executor.ts';
import {isForced, type Task} from './run-queue.ts';
import type {ExecutionSetup} from './run-setup.ts';
import {startAttempt, type AttemptPlace} from './start-attempt.ts';
import {nextTry} from './tries.ts';

/** One attempt: starts the worker, ends it in time, and gives its outcome. */
export class Attempt {
  readonly startMs = performance.now();
  /** Its name in the store. */
  readonly name: string;
  readonly expectedMs: number | undefined;
  /** Resolves as `perform` does, and never rejects. */
  ended: Promise<unknown> = Promise.resolve();
  readonly #task: Task;
  readonly #setup: ExecutionSetup;
  readonly #place: Omit<AttemptPlace, 'number'>;
  #worker: Worker | undefined;
  #logFile: string | undefined;
  #messages = 0;
  /** The timeout that was exceeded, in milliseconds. */
  #overdue: number | undefined;
  #timeout: NodeJS.Timeout | undefined;
  #deadline: NodeJS.Timeout | undefined;
  /** The time that it was given to stop before it was ended, in milliseconds; absent if it was not ended. */
  #endedAfterMs: number | undefined;

  constructor(
    task: Task,
    setup: ExecutionSetup,
    place: Omit<AttemptPlace, 'attempt' | 'number' | 'onMessage'>,
  ) {
    this.#task = task;
    this.#setup = setup;
    this.name = `${task.key.slice(0, 16)}-${randomBytes(4).toString('hex')}`;
    this.#place = {...place, attempt: this.name, onMessage: () => this.#messages++};
    this.expectedMs = place.expectedMs;
  }

  /** Resolves when the attempt, and all processes that it started, have ended. */
  perform(): Promise<Outcome> {
    const outcome = this.#hold();
    this.ended = outcome.catch(() => undefined);
    return outcome;
  }

  /** Takes the lease, performs, and gives it back. */
  async #hold(): Promise<Outcome> {
    const {store, member, claims, tries, killSignal} = this.#setup;
    const {key} = this.#task;
    let isStored = false;
    try {
      const lease = {...member.head, attempt: this.name};
      const claimed = await claims.add(() => claimFor(this.#task, lease, store));
      const known = claimed ?? knownOutcome(this.#task, this.#setup);
      if (known !== undefined) return known;
      tries.begin(this.#task);
      const outcome = await this.#perform();
      isStored = outcome.kind === 'published' || outcome.kind === 'hit';
      // What was ended by a user has not failed.
      if (!killSignal.aborted) await tries.end(this.#task, outcome);
      return outcome;
    } finally {
      // Neither a claim that failed nor a worker that was killed could give the lease back.
      await releaseLease(store, key, this.name, isStored);
    }
  }

  async #perform(): Promise<Outcome> {
    const setup = this.#setup;
    const number = nextTry(setup.tries.failuresOf(this.#task));
    const {worker, logFile} = await startAttempt(this.#task, setup, {...this.#place, number});
    this.#worker = worker;
    this.#logFile = logFile;
    if (setup.stopSignal.aborted) this.stop();
    if (setup.killSignal.aborted) this.kill();
    this.#watchTime();
    const outcome = await worker.outcome;
    // A request to stop that comes from now on must not start a deadline, which would keep the process waiting.
    this.#worker = undefined;
    clearTimeout(this.#timeout);
    clearTimeout(this.#deadline);
    const stopped = this.#stopped(outcome);
    if (stopped !== undefined) return stopped;
    const cause = outcome.kind === 'failed' ? outcome.cause : undefined;
    if (cause?.kind !== 'killed' && cause?.kind !== 'program-failed') return outcome;
    const known = await worker.explain(cause);
    return known === undefined ? outcome : {kind: 'failed', cause: known};
  }

  /** The outcome of an end that was requested, or that came after publishing. `undefined`: the outcome as it is. */
  #stopped(outcome: Outcome): Outcome | undefined {
    const isKilled = outcome.kind === 'failed' && outcome.cause.kind === 'killed';
    const record = isKilled ? this.#published() : undefined;
    if (record !== undefined) return {kind: 'published', record, diverged: []};
    const endedAfterMs = isKilled ? this.#endedAfterMs : undefined;
    const ended = endedAfterMs === undefined ? {} : {endedAfterMs};
    const timeoutMs = this.#overdue;
    if (timeoutMs !== undefined && (outcome.kind === 'suspended' || outcome.kind === 'failed')) {
      return {kind: 'failed', cause: {kind: 'timed-out', timeoutMs, ...ended}};
    }
    return endedAfterMs === undefined ? undefined : {kind: 'suspended', endedAfterMs};
  }

  /** A worker that was killed after it had published has done its job. */
  #published(): StageRecord | undefined {
    const {key, instance} = this.#task;
    const found = findRecord(this.#setup.store, key, instance.type.contract.outputs);
    if (found.kind !== 'hit') return undefined;
    // A result stored before a forced attempt is not that attempt's.
    const isOther = found.record.attempt !== this.#place.attempt;
    return isForced(this.#task) && isOther ? undefined : found.record;
  }

  /** Number of messages and bytes of the log so far; the worker is alive as long as this changes. */
  signsOfLife(): string {
    const file = this.#logFile;
    const log = file === undefined ? undefined : statSync(file, {throwIfNoEntry: false});
    return `${this.#messages} ${log?.size}`;
  }

  /** Asks the worker to save a checkpoint and stop, and ends it after a deadline. */
  stop(): void {
    if (this.#worker === undefined) return;
    this.#worker.stop();
    const {stopWithinMs} = this.#setup.waits;
    this.#deadline ??= setTimeout(() => {
      this.#endedAfterMs = stopWithinMs;
      this.kill();
    }, stopWithinMs);
  }

  /** Ends the worker now. */
  kill(): void {
    this.#worker?.kill();
  }

  #watchTime(): void {
    const {emit, stopSignal} = this.#setup;
    const {id, policy} = this.#task.instance;
    const timeoutMs = policy?.timeoutMs;
    if (timeoutMs === undefined) return;
    this.#timeout = setTimeout(() => {
      // It was already asked to stop.
      if (stopSignal.aborted) return;
      this.#overdue = timeoutMs;
      emit({kind: 'overdue', instance: id, timeoutMs});
      this.stop();
    }, timeoutMs);
  }
}

/** The outcome of a task that another member has settled before this one got the lease. `undefined`: it is open. */
function knownOutcome(task: Task, {tries, store}: ExecutionSetup): Outcome | undefined {
  const {final: cause} = tries.failuresOf(task);
  if (cause !== undefined) return {kind: 'failed', cause};
  const {key, instance} = task;
  if (!isForced(task) || !tries.hasMade(key)) return undefined;
  const found = findRecord(store, key, instance.type.contract.outputs);
  return found.kind === 'hit' ? {kind: 'hit', record: found.record} : undefined;
}

/**
 * Takes the lease of a task's key before a worker is started for it. `undefined`: the attempt has it; otherwise its
 * outcome.
 */
async function claimFor(task: Task, lease: Lease, store: Store): Promise<Outcome | undefined> {
  const {key, instance} = task;
  const {outputs} = instance.type.contract;
  try {
    const claimed = await claimKey(store, key, lease, {outputs, isForced: isForced(task)});
    switch (claimed.kind) {
      case 'taken':
        return undefined;
      case 'held':
        return {kind: 'busy', by: claimed.by};
      case 'stored':
        return {kind: 'hit', record: claimed.record};
    }
  } catch (error) {
    if (!isSystemError(error)) throw error;
    const message = storeFaultText(store, error.message);
    return {kind: 'failed', cause: {kind: 'store-error', message}};
  }
}
