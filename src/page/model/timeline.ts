import {stageOf} from '../../pipeline/graph/stage-of.ts';
import type {InstanceId} from '../../pipeline/graph/instance.ts';
import type {RunEvent} from '../../journal/event.ts';
import {memberOfLog} from '../../journal/members/run-members.ts';
import type {TimelineBar, TimelinePart} from './parts.ts';

/** A bar, and who told of it. */
interface ToldBar extends TimelineBar {
  /** Absent: the run is of this machine alone. */
  readonly member: string | undefined;
  /** The time at which its attempt was last heard of. */
  readonly heardMs: number;
}

/**
 * Tells when a member of a run gave its last sign of life, in milliseconds since the epoch. `undefined`: it is at work.
 */
type GoneSince = (member: string) => number | undefined;

/** The devices that attempts held over time, collected event by event. */
export class Timeline {
  readonly #lanes: string[] = [];
  readonly #bars: ToldBar[] = [];
  /** The positions of the bars of running attempts. */
  readonly #open = new Map<InstanceId, readonly number[]>();
  #startMs = 0;
  #lastMs = 0;
  #endMs: number | undefined;

  add(event: RunEvent): void {
    const atMs = Date.parse(event.at);
    this.#lastMs = atMs;
    // Another member may have started it.
    if ('instance' in event && event.kind !== 'started') {
      this.#change(event.instance, {heardMs: atMs});
    }
    switch (event.kind) {
      case 'run-started':
        this.#startMs = atMs;
        for (const device of event.devices) this.#lane(device);
        break;
      case 'member-joined':
        for (const device of event.devices) this.#lane(device);
        break;
      case 'started':
        this.#begin(event, atMs);
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
      case 'member-left':
        this.#lose(event.member, atMs);
        break;
      case 'run-finished':
        this.#endMs = atMs;
        break;
      case 'planned':
      case 'submitted':
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
  part(isLive: boolean, goneSince: GoneSince): TimelinePart {
    const lastMs = isLive ? undefined : (this.#endMs ?? this.#lastMs);
    const used = new Set(this.#bars.map(({lane}) => lane));
    const lanes = [...this.#lanes.keys()].filter((lane) => used.has(lane));
    const bars = withLosses(this.#bars, goneSince);
    return {
      startMs: this.#startMs,
      endMs: this.#endMs ?? lastMs,
      lanes: lanes.map((lane) => this.#lanes[lane]!),
      bars: drawable(
        bars.map((bar) => ({
          ...bar,
          lane: lanes.indexOf(bar.lane),
          endMs: bar.endMs ?? lastMs,
        })),
        lanes.length,
      ),
    };
  }

  #begin(
    {instance: id, devices, log}: Extract<RunEvent, {kind: 'started'}>,
    startMs: number,
  ): void {
    const member = memberOfLog(log);
    const [first] = this.#open.get(id) ?? [];
    const isElsewhere = first !== undefined && this.#bars[first]!.member !== member;
    this.#end(id, isElsewhere ? 'lost' : 'retried', startMs);
    const stage = stageOf(id);
    const bars = devices.map((device): ToldBar => {
      const lane = this.#lane(device);
      const state = 'running';
      return {id, stage, lane, startMs, endMs: undefined, state, member, heardMs: startMs};
    });
    this.#open.set(
      id,
      [...bars.keys()].map((index) => this.#bars.length + index),
    );
    this.#bars.push(...bars);
  }

  /** Ends the bars of a member that says nothing more of them. */
  #lose(member: string, endMs: number): void {
    for (const [id, [first]] of this.#open) {
      if (first === undefined || this.#bars[first]!.member !== member) continue;
      this.#change(id, {heardMs: endMs});
      this.#end(id, 'lost', endMs);
    }
  }

  #end(id: InstanceId, state: TimelineBar['state'], endMs: number): void {
    this.#change(id, {endMs, state});
    this.#open.delete(id);
  }

  #change(id: InstanceId, change: Partial<ToldBar>): void {
    for (const index of this.#open.get(id) ?? []) {
      this.#bars[index] = {...this.#bars[index]!, ...change};
    }
  }

  #lane(device: string): number {
    const found = this.#lanes.indexOf(device);
    return found < 0 ? this.#lanes.push(device) - 1 : found;
  }
}

/** Ends the bars of members that have died with the last sign of life of each. */
function withLosses(bars: readonly ToldBar[], goneSince: GoneSince): readonly TimelineBar[] {
  const gone = new Map<string, number | undefined>();
  return bars.map(({member, heardMs, ...bar}): TimelineBar => {
    const isOpen = bar.state === 'running' || bar.state === 'lost';
    if (!isOpen || member === undefined) return bar;
    if (!gone.has(member)) gone.set(member, goneSince(member));
    const goneMs = gone.get(member);
    if (goneMs === undefined) return bar;
    const endMs = Math.min(bar.endMs ?? Number.POSITIVE_INFINITY, Math.max(heardMs, goneMs));
    return {...bar, endMs, state: 'lost'};
  });
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
