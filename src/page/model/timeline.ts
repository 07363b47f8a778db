import {stageOf} from '../../pipeline/graph/stage-of.ts';
import type {InstanceId} from '../../pipeline/graph/instance.ts';
import type {RunEvent} from '../../journal/event.ts';
import type {TimelineBar, TimelinePart} from './parts.ts';

/** The devices that attempts held over time, collected event by event. */
export class Timeline {
  readonly #lanes: string[] = [];
  readonly #bars: TimelineBar[] = [];
  /** The positions of the bars of running attempts. */
  readonly #open = new Map<InstanceId, readonly number[]>();
  #startMs = 0;
  #lastMs = 0;
  #endMs: number | undefined;

  add(event: RunEvent): void {
    const atMs = Date.parse(event.at);
    this.#lastMs = atMs;
    switch (event.kind) {
      case 'run-started':
        this.#startMs = atMs;
        for (const device of event.devices) this.#lane(device);
        break;
      case 'member-joined':
        for (const device of event.devices) this.#lane(device);
        break;
      case 'started':
        this.#begin(event.instance, event.devices, atMs);
        break;
      case 'retrying':
        this.#end(event.instance, 'retried', atMs);
        break;
      case 'hit':
      case 'finished':
      case 'failed':
      case 'suspended':
      case 'waiting':
        this.#end(event.instance, event.kind, atMs);
        break;
      case 'run-finished':
        this.#endMs = atMs;
        break;
      case 'planned':
      case 'submitted':
      case 'member-left':
      case 'progress':
      case 'resumed':
      case 'warned':
      case 'artifact-damaged':
      case 'gpus-found':
      case 'waiting-for-gpu':
      case 'fetching':
      case 'overdue':
      case 'quiet':
      case 'stirred':
      case 'forecast':
      case 'skipped':
      case 'unstarted':
        break;
    }
  }

  /** @param isLive whether open bars are still running; otherwise they end with the last event */
  part(isLive: boolean): TimelinePart {
    const lastMs = isLive ? undefined : (this.#endMs ?? this.#lastMs);
    const used = new Set(this.#bars.map(({lane}) => lane));
    const lanes = [...this.#lanes.keys()].filter((lane) => used.has(lane));
    return {
      startMs: this.#startMs,
      endMs: this.#endMs ?? lastMs,
      lanes: lanes.map((lane) => this.#lanes[lane]!),
      bars: drawable(
        this.#bars.map((bar) => ({
          ...bar,
          lane: lanes.indexOf(bar.lane),
          endMs: bar.endMs ?? lastMs,
        })),
        lanes.length,
      ),
    };
  }

  #begin(id: InstanceId, devices: readonly string[], startMs: number): void {
    this.#end(id, 'retried', startMs);
    const bars = devices.map((device): TimelineBar => {
      const lane = this.#lane(device);
      return {id, stage: stageOf(id), lane, startMs, endMs: undefined, state: 'running'};
    });
    this.#open.set(
      id,
      [...bars.keys()].map((index) => this.#bars.length + index),
    );
    this.#bars.push(...bars);
  }

  #end(id: InstanceId, state: TimelineBar['state'], endMs: number): void {
    for (const index of this.#open.get(id) ?? []) {
      this.#bars[index] = {...this.#bars[index]!, endMs, state};
    }
    this.#open.delete(id);
  }

  #lane(device: string): number {
    const found = this.#lanes.indexOf(device);
    return found < 0 ? this.#lanes.push(device) - 1 : found;
  }
}

/** From this number on, short bars are joined. */
const manyBars = 2000;

/**
 * At most about `manyBars` bars: of those that begin within the same share of the time, one stands for all, the first or
 * one that failed.
 */
function drawable(bars: readonly TimelineBar[], lanes: number): readonly TimelineBar[] {
  if (bars.length <= manyBars) return bars;
  const [first, last] = [bars[0]!.startMs, bars.at(-1)!.startMs];
  const slots = Math.ceil(manyBars / lanes);
  const joined = new Map<number, TimelineBar>();
  for (const bar of bars) {
    const slot = Math.floor(((bar.startMs - first) / Math.max(1, last - first)) * (slots - 1));
    const name = bar.lane * slots + slot;
    const before = joined.get(name);
    joined.set(name, before === undefined ? bar : together(before, bar));
  }
  return [...joined.values()];
}

/** The bar of two on one device, of which `one` began first. A bar that goes on has no end. */
function together(one: TimelineBar, other: TimelineBar): TimelineBar {
  const shown = one.state !== 'failed' && other.state === 'failed' ? other : one;
  const {count, workMs} = one.together ?? {count: 1, workMs: lengthOf(one)};
  return {
    ...shown,
    startMs: one.startMs,
    // Instances that share a GPU do not end in the order in which they began.
    endMs:
      one.endMs === undefined || other.endMs === undefined
        ? undefined
        : Math.max(one.endMs, other.endMs),
    together: {count: count + 1, workMs: workMs + lengthOf(other)},
  };
}

function lengthOf({startMs, endMs}: TimelineBar): number {
  return endMs === undefined ? 0 : endMs - startMs;
}
