import {isSystemError} from '../base/errno.ts';
import type {InstanceId} from '../pipeline/graph/instance.ts';
import type {RunEventBody} from '../journal/event.ts';
import {findLease, isDone} from '../store/claims/lease.ts';
import {isForeign, placeOf, type ProcessIdentity} from '../store/claims/process-identity.ts';
import type {Store} from '../store/layout.ts';
import type {Key} from '../store/records/record.ts';
import {revealRecord} from '../store/records/reveal-record.ts';
import {draw, type Turns} from './turns.ts';

/** Interval between looks at a lease whose holder can be seen from here, and at one of another machine. */
const pollMs = 200;
const foreignMs = 3000;

interface Watched {
  readonly key: Key;
  /** Whether it is over once nobody holds the lease. Absent: it is. */
  readonly isOver?: () => boolean;
  dueMs: number;
}

export interface LeaseWatchSetup {
  readonly store: Store;
  /** The name of this member. */
  readonly member: string;
  readonly turns: Turns;
  readonly emit: (event: RunEventBody) => void;
  /** Called once for an instance when its key's lease is free. */
  readonly onFree: (id: InstanceId) => void;
  readonly onError: (error: unknown) => void;
}

/** Instances whose keys other processes are computing. */
export class LeaseWatch {
  readonly #setup: LeaseWatchSetup;
  readonly #watched = new Map<InstanceId, Watched>();
  #timer: NodeJS.Timeout | undefined;

  constructor(setup: LeaseWatchSetup) {
    this.#setup = setup;
  }

  get isEmpty(): boolean {
    return this.#watched.size === 0;
  }

  /** Whether something that this process may compute waits for others. */
  get isHeld(): boolean {
    return [...this.#watched.values()].some(({isOver}) => isOver === undefined);
  }

  /** Waits for another process that computes the key, and says so. */
  add(id: InstanceId, key: Key, holder: ProcessIdentity): void {
    const {emit, turns} = this.#setup;
    emit({kind: 'waiting', instance: id, key, ...placeOf(holder)});
    turns.meet(holder);
    this.#watched.set(id, {key, dueMs: performance.now() + this.#intervalMs(key, holder)});
    this.#schedule();
  }

  /** Waits until others have a result for a key, which this process is not to compute. */
  await(id: InstanceId, key: Key, isOver: () => boolean): void {
    const dueMs = performance.now() + foreignMs * this.#spread(key);
    this.#watched.set(id, {key, isOver, dueMs});
    this.#schedule();
  }

  clear(): void {
    clearTimeout(this.#timer);
    this.#watched.clear();
  }

  #schedule(): void {
    clearTimeout(this.#timer);
    if (this.#watched.size === 0) return;
    const nextMs = Math.min(...Array.from(this.#watched.values(), ({dueMs}) => dueMs));
    const look = (): void => void this.#look().catch(this.#setup.onError);
    this.#timer = setTimeout(look, Math.max(0, nextMs - performance.now()));
  }

  async #look(): Promise<void> {
    const {store, onFree} = this.#setup;
    const nowMs = performance.now();
    const due = [...this.#watched].filter(([, {dueMs}]) => dueMs <= nowMs);
    for (const [id, watched] of due) {
      const {key} = watched;
      const holder = findLease(store, key);
      if (holder !== undefined) {
        watched.dueMs = nowMs + this.#intervalMs(key, holder);
        continue;
      }
      if (watched.isOver?.() === false) {
        watched.dueMs = nowMs + foreignMs * this.#spread(key);
        continue;
      }
      if (isDone(store, key)) await reveal(store, key);
      // It may have been cleared meanwhile.
      if (this.#watched.get(id) !== watched) continue;
      this.#watched.delete(id);
      onFree(id);
    }
    this.#schedule();
  }

  /** Members that wait for the same key look at different times. */
  #intervalMs(key: Key, holder: ProcessIdentity): number {
    const intervalMs = isForeign(holder) ? foreignMs : pollMs;
    return intervalMs * this.#spread(key);
  }

  #spread(key: Key): number {
    return 0.75 + draw(this.#setup.member, key) / 2;
  }
}

async function reveal(store: Store, key: Key): Promise<void> {
  try {
    await revealRecord(store, key);
  } catch (error) {
    // The attempt that looks again meets the same error, and it alone fails.
    if (!isSystemError(error)) throw error;
  }
}
