import type {Progress} from '../contract/stage.ts';
import type {InstanceId} from '../pipeline/graph/instance.ts';
import type {RunEvent} from './event.ts';

/** An instance that runs, as far as the events tell. Times are in milliseconds since the epoch. */
export interface RunningInstance {
  readonly id: InstanceId;
  readonly startMs: number;
  readonly attempt: string;
  /** Relative to the store. */
  readonly log: string;
  /** The device tokens it holds. */
  readonly devices: readonly string[];
  readonly expectedMs?: number;
  /** The first progress of this attempt: the pace is measured from there. */
  readonly first?: TimedProgress;
  readonly latest?: TimedProgress;
  /** Since when it has shown no sign of life. Absent: it has shown one lately. */
  readonly quietSinceMs?: number;
}

export interface TimedProgress extends Progress {
  readonly atMs: number;
}

/** Where the instances of a run stand, in numbers. */
export interface Counts {
  readonly total: number;
  /** Those that have their outcome, whatever it is. */
  readonly done: number;
  readonly hits: number;
  readonly running: number;
  readonly failed: number;
  /** Working time that hits saved. */
  readonly savedMs: number;
}

/** The state of a run, folded from its events. */
export class RunState {
  readonly #running = new Map<InstanceId, RunningInstance>();
  #total = 0;
  /** What was stored already: thousands within a moment, so that they are only looked through if need be. */
  readonly #hits: Extract<RunEvent, {kind: 'hit'}>[] = [];
  #savedMs = 0;
  #ended = 0;
  #failed = 0;
  #startMs: number | undefined;
  #forecast: {readonly endMs: number; readonly unknown: number} | undefined;

  /** In the order in which they were started. */
  get running(): readonly RunningInstance[] {
    return [...this.#running.values()];
  }

  get counts(): Counts {
    return {
      total: this.#total,
      done: this.#hits.length + this.#ended,
      hits: this.#hits.length,
      running: this.#running.size,
      failed: this.#failed,
      savedMs: this.#savedMs,
    };
  }

  /** How long the run has been going on. */
  elapsedMs(nowMs: number): number {
    return this.#startMs === undefined ? 0 : Math.max(0, nowMs - this.#startMs);
  }

  find(id: InstanceId): RunningInstance | undefined {
    return this.#running.get(id);
  }

  /** The time left, and how many instances of unknown duration come on top. */
  remaining(nowMs: number): {readonly remainingMs: number; readonly unknown: number} | undefined {
    if (this.#forecast === undefined) return undefined;
    const {endMs, unknown} = this.#forecast;
    return {remainingMs: Math.max(0, endMs - nowMs), unknown};
  }

  fold(event: RunEvent): void {
    switch (event.kind) {
      case 'run-started':
        this.#total = event.instances;
        this.#startMs = Date.parse(event.at);
        break;
      case 'hit':
        this.#running.delete(event.instance);
        this.#hits.push(event);
        this.#savedMs += event.savedMs;
        break;
      case 'started':
        this.#running.set(event.instance, {
          ...event,
          id: event.instance,
          startMs: Date.parse(event.at),
        });
        break;
      case 'progress':
        this.#advance(event.instance, {...event.progress, atMs: Date.parse(event.at)});
        break;
      case 'failed':
        this.#failed++;
        this.#end(event.instance);
        break;
      case 'finished':
      case 'suspended':
      case 'skipped':
        this.#end(event.instance);
        break;
      case 'waiting':
      case 'retrying':
        this.#running.delete(event.instance);
        break;
      case 'quiet':
        this.#setQuiet(event.instance, Date.parse(event.at) - event.quietMs);
        break;
      case 'stirred':
        this.#setQuiet(event.instance, undefined);
        break;
      case 'forecast':
        this.#forecast = {
          endMs: Date.parse(event.at) + event.remainingMs,
          unknown: event.unknown,
        };
        break;
      case 'artifact-damaged':
        this.#reopen(event.producer);
        break;
      case 'planned':
      case 'resumed':
      case 'warned':
      case 'gpus-found':
      case 'waiting-for-gpu':
      case 'overdue':
      case 'run-finished':
        break;
    }
  }

  #end(id: InstanceId): void {
    this.#running.delete(id);
    this.#ended++;
  }

  /** What has been counted will be again. */
  #reopen(id: InstanceId): void {
    const index = this.#hits.findLastIndex(({instance}) => instance === id);
    if (index < 0) {
      this.#ended--;
      return;
    }
    this.#savedMs -= this.#hits[index]!.savedMs;
    this.#hits.splice(index, 1);
  }

  #setQuiet(id: InstanceId, quietSinceMs: number | undefined): void {
    const running = this.#running.get(id);
    if (running === undefined) return;
    const {quietSinceMs: _before, ...rest} = running;
    this.#running.set(id, quietSinceMs === undefined ? rest : {...rest, quietSinceMs});
  }

  #advance(id: InstanceId, latest: TimedProgress): void {
    const running = this.#running.get(id);
    if (running !== undefined) this.#running.set(id, {first: latest, ...running, latest});
  }
}

/**
 * How long a running instance will still take: by its pace if that is known yet, otherwise by what is expected.
 * `undefined`: nothing is known, or the time that was is over.
 */
export function remainingMs(running: RunningInstance, nowMs: number): number | undefined {
  const leftMs = foreseenMs(running, nowMs);
  return leftMs === undefined || leftMs < 1 ? undefined : leftMs;
}

function foreseenMs(running: RunningInstance, nowMs: number): number | undefined {
  const {first, latest, expectedMs, startMs} = running;
  if (first === undefined || latest === undefined || latest.done <= first.done) {
    return expectedMs === undefined ? undefined : expectedMs - (nowMs - startMs);
  }
  const paceMs = (latest.atMs - first.atMs) / (latest.done - first.done);
  const left = latest.total - latest.done;
  // A step that takes longer than others is done now at the soonest; those after it are still to come.
  return Math.max(paceMs * (left - 1), paceMs * left - (nowMs - latest.atMs));
}
