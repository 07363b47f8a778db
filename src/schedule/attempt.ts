import {randomBytes} from 'node:crypto';
import {findRecord} from '../store/find-record.ts';
import type {StageRecord} from '../store/record.ts';
import type {Outcome} from '../worker/protocol.ts';
import type {Worker} from '../worker/spawn-worker.ts';
import type {ExecutionSetup} from './execution.ts';
import {outOfMemory} from './out-of-memory.ts';
import {isForced, type Task} from './run-queue.ts';
import {startAttempt, type AttemptPlace} from './start-attempt.ts';
import {usualWaits} from './waits.ts';

/** One attempt: starts it, sees to it that it ends in time, and says how it ended. */
export class Attempt {
  readonly startMs = performance.now();
  readonly expectedMs: number | undefined;
  readonly #task: Task;
  readonly #setup: ExecutionSetup;
  readonly #place: AttemptPlace;
  #worker: Worker | undefined;
  /** The timeout that has passed, in milliseconds. */
  #overdue: number | undefined;
  #endedByUs = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(task: Task, setup: ExecutionSetup, place: Omit<AttemptPlace, 'attempt'>) {
    this.#task = task;
    this.#setup = setup;
    const attempt = `${task.key.slice(0, 16)}-${randomBytes(4).toString('hex')}`;
    this.#place = {...place, attempt};
    this.expectedMs = place.expectedMs;
  }

  /** Resolves when it has ended. Rejects only if no process could be started. */
  async perform(): Promise<Outcome> {
    const setup = this.#setup;
    const before = setup.countOomKills?.();
    const {worker, logFile} = await startAttempt(this.#task, setup, this.#place);
    this.#worker = worker;
    if (setup.stopSignal.aborted) this.stop();
    if (setup.killSignal.aborted) this.kill();
    this.#watchTime();
    const outcome = await worker.outcome;
    clearTimeout(this.#timer);
    const killed = outcome.kind === 'failed' && outcome.cause.kind === 'killed';
    const record = killed ? this.#published() : undefined;
    if (record !== undefined) return {kind: 'published', record, diverged: []};
    if (
      this.#overdue !== undefined &&
      (outcome.kind === 'suspended' || outcome.kind === 'failed')
    ) {
      return {kind: 'failed', cause: {kind: 'timed-out', timeoutMs: this.#overdue}};
    }
    const cause = outcome.kind === 'failed' ? outcome.cause : undefined;
    if (cause?.kind !== 'killed' && cause?.kind !== 'program-failed') return outcome;
    const memory = await outOfMemory(cause, {
      logFile,
      endedByUs: this.#endedByUs,
      kills: {before, after: setup.countOomKills?.()},
    });
    return memory === undefined ? outcome : {kind: 'failed', cause: memory};
  }

  /** A worker that was killed after it had published did its job. */
  #published(): StageRecord | undefined {
    const {key, instance} = this.#task;
    const found = findRecord(this.#setup.store, key, instance.type.contract.outputs);
    if (found.kind !== 'hit') return undefined;
    // What was stored before a forced attempt is not what it was to make.
    const isOther = found.record.attempt !== this.#place.attempt;
    return isForced(this.#task) && isOther ? undefined : found.record;
  }

  /** Asks it to checkpoint and stop. */
  stop(): void {
    this.#worker?.stop();
  }

  /** Ends it now. */
  kill(): void {
    this.#endedByUs = true;
    this.#worker?.kill();
  }

  #watchTime(): void {
    const {emit, stopSignal, waits = usualWaits} = this.#setup;
    const {id, policy} = this.#task.instance;
    const timeoutMs = policy?.timeoutMs;
    if (timeoutMs === undefined) return;
    this.#timer = setTimeout(() => {
      // It was asked to stop already.
      if (stopSignal.aborted) return;
      this.#overdue = timeoutMs;
      emit({kind: 'overdue', instance: id, timeoutMs});
      this.stop();
      this.#timer = setTimeout(() => this.kill(), waits.graceMs);
    }, timeoutMs);
  }
}
