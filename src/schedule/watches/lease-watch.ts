import type {InstanceId} from '../../pipeline/graph/instance.ts';
import type {RunEventBody} from '../../journal/event.ts';
import {findLease, isDone} from '../../store/claims/lease.ts';
import {isForeign, placeOf, type ProcessIdentity} from '../../store/claims/process-identity.ts';
import type {Store} from '../../store/layout.ts';
import type {Key} from '../../store/records/record.ts';
import type {Part} from '../part.ts';
import {showPublished} from '../show-published.ts';
import {draw, type Turns} from '../turns.ts';

/** Interval between looks at a lease whose holder can be seen from here, and at one of another machine. */
const pollMs = 200;
const foreignMs = 3000;

interface Watched {
  readonly key: Key;
  dueMs: number;
}

export interface LeaseWatchSetup {
  readonly store: Store;
  /** The name of this member. */
  readonly member: string;
  readonly turns: Turns;
  readonly part: Pick<Part, 'isFellow'>;
  readonly emit: (event: RunEventBody) => void;
  /** Called once for an instance when its key's lease is free. */
  readonly onFree: (id: InstanceId) => void;
  readonly onError: (error: unknown) => void;
}

/** Instances whose keys other processes are computing. */
export class LeaseWatch {
  readonly #setup: LeaseWatchSetup;
  readonly #watched = new Map<InstanceId, Watched>();
  /** The time of the next look. */
  #nextMs = Number.POSITIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;

  constructor(setup: LeaseWatchSetup) {
    this.#setup = setup;
  }

  get isEmpty(): boolean {
    return this.#watched.size === 0;
  }

  /** Waits for another process that computes the key, and says so if it is of another run. */
  add(id: InstanceId, key: Key, holder: ProcessIdentity): void {
    const {emit, turns, part} = this.#setup;
    if (!part.isFellow(holder)) emit({kind: 'waiting', instance: id, key, ...placeOf(holder)});
    turns.meet(holder);
    const dueMs = performance.now() + this.#intervalMs(key, holder);
    this.#watched.set(id, {key, dueMs});
    this.#lookAt(dueMs);
  }

  clear(): void {
    clearTimeout(this.#timer);
    this.#nextMs = Number.POSITIVE_INFINITY;
    this.#watched.clear();
  }

  /** Looks at a time, unless there is a look before it. */
  #lookAt(dueMs: number): void {
    if (dueMs >= this.#nextMs) return;
    clearTimeout(this.#timer);
    this.#nextMs = dueMs;
    const look = (): void => void this.#look().catch(this.#setup.onError);
    this.#timer = setTimeout(look, Math.max(0, dueMs - performance.now()));
  }

  async #look(): Promise<void> {
    const {store, onFree} = this.#setup;
    const nowMs = performance.now();
    this.#nextMs = Number.POSITIVE_INFINITY;
    const due = [...this.#watched].filter(([, {dueMs}]) => dueMs <= nowMs);
    for (const [id, watched] of due) {
      const {key} = watched;
      const holder = findLease(store, key);
      if (holder !== undefined) {
        watched.dueMs = nowMs + this.#intervalMs(key, holder);
        continue;
      }
      if (isDone(store, key)) await showPublished(store, key);
      // It may have been cleared meanwhile.
      if (this.#watched.get(id) !== watched) continue;
      this.#watched.delete(id);
      onFree(id);
    }
    let nextMs = Number.POSITIVE_INFINITY;
    for (const {dueMs} of this.#watched.values()) nextMs = Math.min(nextMs, dueMs);
    this.#lookAt(nextMs);
  }

  /** Members that wait for the same key look at different times. */
  #intervalMs(key: Key, holder: ProcessIdentity): number {
    const intervalMs = isForeign(holder) ? foreignMs : pollMs;
    return intervalMs * (0.75 + draw(this.#setup.member, key) / 2);
  }
}
