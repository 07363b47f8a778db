import {ProcessSnapshot} from '../store/claims/attempt-processes.ts';
import type {InstanceId} from '../pipeline/graph/instance.ts';
import type {Attempt} from './attempt.ts';
import type {RunEventBody} from '../journal/event.ts';

/** An idle worker, and a program that asks for something now and then, stay below this share of a processor. */
const idleShare = 0.01;
/** Clock ticks of processor time a millisecond. */
const ticksPerMs = 0.1;
/** Looks from the last sign of life to the word that there is none. */
const looks = 10;

/** How an attempt was when it was last looked at. */
interface Seen {
  readonly signs: string;
  readonly cpuTicks: number;
  /** For how long it has shown no sign of life. */
  readonly quietMs: number;
  readonly isTold: boolean;
}

/**
 * Looks at what runs, and says of which instances there is no sign of life: no message, no growth of the log and hardly
 * any processor time of the processes. It ends nothing.
 */
export class LifeWatch {
  readonly #running: ReadonlyMap<InstanceId, Attempt>;
  readonly #quietMs: number;
  readonly #emit: (event: RunEventBody) => void;
  #seen: ReadonlyMap<Attempt, Seen> = new Map();
  #timer: NodeJS.Timeout | undefined;
  #lookedMs = 0;

  /** @param quietMs how long an instance shows no sign of life before that is said */
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
    // While this process was stopped itself, so was perhaps the whole machine.
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
