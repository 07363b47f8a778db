import {ProcessSnapshot} from '../../store/claims/attempt-processes.ts';
import type {InstanceId} from '../../pipeline/graph/instance.ts';
import type {Attempt} from '../attempt.ts';
import type {RunEventBody} from '../../journal/event.ts';

/** Share of a processor below which a process counts as idle; programs that poll now and then stay below it. */
const idleShare = 0.01;
/** Clock ticks of processor time per millisecond. */
const ticksPerMs = 0.1;
/** Number of checks from the last sign of life to the report that there is none. */
const looks = 10;

/** The state of an attempt at the last check. */
interface Seen {
  readonly signs: string;
  readonly cpuTicks: number;
  /** Time without a sign of life. */
  readonly quietMs: number;
  readonly isTold: boolean;
}

/**
 * Watches running instances, and reports those without a sign of life: no message, no growth of the log, and hardly any
 * processor time of the processes. It ends nothing.
 */
export class LifeWatch {
  readonly #running: ReadonlyMap<InstanceId, Attempt>;
  readonly #quietMs: number;
  readonly #emit: (event: RunEventBody) => void;
  #seen: ReadonlyMap<Attempt, Seen> = new Map();
  #timer: NodeJS.Timeout | undefined;
  #lookedMs = 0;

  /** @param quietMs time without a sign of life after which an instance is reported */
  constructor(watched: {
    readonly running: ReadonlyMap<InstanceId, Attempt>;
    readonly quietMs: number;
    readonly emit: (event: RunEventBody) => void;
  }) {
    this.#running = watched.running;
    this.#quietMs = watched.quietMs;
    this.#emit = watched.emit;
  }

  /** Watches until nothing runs any more. */
  start(): void {
    if (this.#timer !== undefined) return;
    this.#lookedMs = performance.now();
    this.#timer = setInterval(() => this.#look(), this.#quietMs / looks).unref();
  }

  #look(): void {
    if (this.#running.size === 0) {
      clearInterval(this.#timer);
      this.#timer = undefined;
      this.#seen = new Map();
      return;
    }
    const snapshot = ProcessSnapshot.take();
    if (snapshot === undefined) return;
    const nowMs = performance.now();
    // While this process was stopped, perhaps the whole machine was too.
    const passedMs = Math.min(nowMs - this.#lookedMs, (2 * this.#quietMs) / looks);
    this.#lookedMs = nowMs;
    const seen = new Map<Attempt, Seen>();
    for (const [id, attempt] of this.#running) {
      seen.set(attempt, this.#lookAt(id, attempt, {snapshot, passedMs}));
    }
    this.#seen = seen;
  }

  #lookAt(
    instance: InstanceId,
    attempt: Attempt,
    {snapshot, passedMs}: {readonly snapshot: ProcessSnapshot; readonly passedMs: number},
  ): Seen {
    const processes = snapshot.processesOf(attempt.name);
    const cpuTicks = processes.reduce((sum, process) => sum + process.cpuTicks, 0);
    const signs = attempt.signsOfLife();
    const before = this.#seen.get(attempt);
    const usedTicks = Math.abs(cpuTicks - (before?.cpuTicks ?? 0));
    const isQuiet = signs === before?.signs && usedTicks < idleShare * ticksPerMs * passedMs;
    const quietMs = isQuiet ? before.quietMs + passedMs : 0;
    const isTold = quietMs >= this.#quietMs;
    if (isTold && before?.isTold === false) {
      this.#emit({kind: 'quiet', instance, quietMs, sawProcesses: processes.length > 0});
    }
    if (before?.isTold === true && !isTold) this.#emit({kind: 'stirred', instance});
    return {signs, cpuTicks, quietMs, isTold};
  }
}
