import type {Progress} from '../contract/stage.ts';
import type {InstanceId} from '../pipeline/graph/instance.ts';
import type {RunEvent, Superseded} from './event.ts';

/** A running instance, as far as events tell. Times are in milliseconds since the epoch. */
export interface RunningInstance {
  readonly id: InstanceId;
  readonly startMs: number;
  readonly attempt: string;
  /** Relative to the store. */
  readonly log: string;
  /** The device tokens that it holds. */
  readonly devices: readonly string[];
  readonly expectedMs?: number;
  /** The first progress of this attempt in the unit that it counts now, from which its pace is measured. */
  readonly first?: TimedProgress;
  readonly latest?: TimedProgress;
  /** The time since which it shows no sign of life. Absent: it has shown one lately. */
  readonly quietSinceMs?: number;
}

export interface TimedProgress extends Progress {
  readonly atMs: number;
}

/** The instances of a run, counted by state. */
export interface Counts {
  readonly total: number;
  /** Instances with an outcome: stored, computed or failed. */
  readonly done: number;
  /** Instances that this run will not compute any more: suspended, skipped or not started. */
  readonly left: number;
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
  /** Instances that were stored already: thousands in a moment, so they are searched only if needed. */
  readonly #hits: Extract<RunEvent, {kind: 'hit'}>[] = [];
  #savedMs = 0;
  #ended = 0;
  #failed = 0;
  #left = 0;
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
      left: this.#left,
      running: this.#running.size,
      failed: this.#failed,
      savedMs: this.#savedMs,
    };
  }

  /** The duration of the run so far. */
  elapsedMs(nowMs: number): number {
    return this.#startMs === undefined ? 0 : Math.max(0, nowMs - this.#startMs);
  }

  find(id: InstanceId): RunningInstance | undefined {
    return this.#running.get(id);
  }

  /** The remaining time, and the number of instances of unknown duration that come on top. */
  remaining(nowMs: number): {readonly remainingMs: number; readonly unknown: number} | undefined {
    if (this.#forecast === undefined) return undefined;
    const {endMs, unknown} = this.#forecast;
    // The pace of what runs tells more than what was expected of it.
    const runningMs = this.running.map((one) => remainingMs(one, nowMs) ?? 0);
    return {remainingMs: Math.max(0, endMs - nowMs, ...runningMs), unknown};
  }

  fold(event: RunEvent): void {
    if (event.instead !== undefined && 'instance' in event) {
      this.#uncount(event.instance, event.instead);
    }
    this.#count(event);
  }

  #count(event: RunEvent): void {
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
        this.#begin(event);
        break;
      case 'progress':
        this.#advance(event.instance, {...event.progress, atMs: Date.parse(event.at)});
        break;
      case 'failed':
        this.#failed++;
        this.#end(event.instance);
        break;
      case 'finished':
        this.#end(event.instance);
        break;
      case 'suspended':
      case 'skipped':
      case 'unstarted':
        this.#leave(event.instance);
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
        this.#forecast = {...event, endMs: Date.parse(event.at) + event.remainingMs};
        break;
      case 'artifact-damaged':
        this.#reopen(event.producer);
        break;
      case 'planned':
      case 'submitted':
      case 'member-joined':
      case 'member-left':
      case 'resumed':
      case 'warned':
      case 'gpus-found':
      case 'waiting-for-gpu':
      case 'fetching':
      case 'overdue':
      case 'run-finished':
        break;
    }
  }

  #begin(event: Extract<RunEvent, {kind: 'started'}>): void {
    const startMs = Date.parse(event.at);
    this.#running.set(event.instance, {...event, id: event.instance, startMs});
  }

  #end(id: InstanceId): void {
    this.#running.delete(id);
    this.#ended++;
  }

  #leave(id: InstanceId): void {
    this.#running.delete(id);
    this.#left++;
  }

  /** Uncounts an outcome that another one replaces. */
  #uncount(id: InstanceId, outcome: Superseded): void {
    if (outcome === 'left') this.#left--;
    else this.#reopen(id);
    if (outcome === 'failed') this.#failed--;
  }

  /** Uncounts an instance that will be counted again. */
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
    if (running === undefined) return;
    const {first = latest, latest: before = latest} = running;
    // A stage that counts something else, or counts anew, has another pace.
    const goesOn = latest.unit === before.unit && latest.done >= before.done;
    this.#running.set(id, {...running, first: goesOn ? first : latest, latest});
  }
}

/**
 * The remaining time of a running instance: from its pace if that is known, otherwise from its expected duration.
 * `undefined`: nothing is known, or the expected time has passed.
 */
export function remainingMs(running: RunningInstance, nowMs: number): number | undefined {
  const leftMs = foreseenMs(running, nowMs);
  return leftMs === undefined || leftMs < 1 ? undefined : leftMs;
}

/** Whether the pace of a running instance is known. */
export function isPaced({first, latest}: RunningInstance): boolean {
  return first !== undefined && latest !== undefined && latest.done > first.done;
}

function foreseenMs(running: RunningInstance, nowMs: number): number | undefined {
  const {first, latest, expectedMs, startMs} = running;
  if (!isPaced(running) || first === undefined || latest === undefined) {
    return expectedMs === undefined ? undefined : expectedMs - (nowMs - startMs);
  }
  const paceMs = (latest.atMs - first.atMs) / (latest.done - first.done);
  const left = latest.total - latest.done;
  // A step that takes longer than the others may end at any moment; the steps after it are still to come.
  return Math.max(paceMs * (left - 1), paceMs * left - (nowMs - latest.atMs));
}
