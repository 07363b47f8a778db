import type {InstanceId} from '../pipeline/graph/instance.ts';
import type {Store} from '../store/layout.ts';
import {findLease} from '../store/claims/lease.ts';
import type {Key} from '../store/records/record.ts';

/** Interval between checks of another process's lease. */
const pollMs = 200;

/** Instances whose keys other processes are computing. */
export class LeaseWatch {
  readonly #store: Store;
  readonly #onFree: (id: InstanceId) => void;
  readonly #timers = new Map<InstanceId, NodeJS.Timeout>();

  /** @param onFree called once for an instance when its key's lease is free */
  constructor(store: Store, onFree: (id: InstanceId) => void) {
    this.#store = store;
    this.#onFree = onFree;
  }

  get isEmpty(): boolean {
    return this.#timers.size === 0;
  }

  add(id: InstanceId, key: Key): void {
    const timer = setInterval(() => {
      if (findLease(this.#store, key) !== undefined) return;
      clearInterval(timer);
      this.#timers.delete(id);
      this.#onFree(id);
    }, pollMs);
    this.#timers.set(id, timer);
  }

  clear(): void {
    for (const timer of this.#timers.values()) clearInterval(timer);
    this.#timers.clear();
  }
}
