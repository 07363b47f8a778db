import path from 'node:path';
import {namesIn} from '../../base/folder-entries.ts';
import type {InstanceId} from '../../pipeline/graph/instance.ts';
import {findLease, isDone} from '../../store/claims/lease.ts';
import {leaseRoot, recordPath, type Store} from '../../store/layout.ts';
import {readNote} from '../../store/note-file.ts';
import type {Key} from '../../store/records/record.ts';
import type {Part} from '../part.ts';
import {showPublished} from '../show-published.ts';
import {draw} from '../turns.ts';

/** Interval between looks: at first, at most, and its growth as long as nothing changes. */
const [firstMs, mostMs, growth] = [3000, 30_000, 1.5];

/** Number of keys of which nothing is heard whose records are looked for at each look: they may come without a lease. */
const inTurn = 64;

export interface ResultWatchSetup {
  readonly store: Store;
  /** The name of this member. */
  readonly member: string;
  readonly part: Pick<Part, 'lost'>;
  /** Called once for an instance when its key has a result, or will have none. */
  readonly onOver: (id: InstanceId) => void;
  readonly onError: (error: unknown) => void;
}

/**
 * Instances whose keys others are to compute, of which there may be any number: a look lists the leases, and opens the
 * files of those keys only whose lease is there or has gone.
 */
export class ResultWatch {
  readonly #setup: ResultWatchSetup;
  readonly #awaited = new Map<Key, InstanceId[]>();
  /** The awaited keys that had a lease at the last look. */
  #leased: ReadonlySet<Key> = new Set();
  #intervalMs = firstMs;
  #timer: NodeJS.Timeout | undefined;

  constructor(setup: ResultWatchSetup) {
    this.#setup = setup;
  }

  get isEmpty(): boolean {
    return this.#awaited.size === 0;
  }

  add(id: InstanceId, key: Key): void {
    const ids = this.#awaited.get(key);
    if (ids === undefined) this.#awaited.set(key, [id]);
    else ids.push(id);
    if (this.#timer === undefined) this.#schedule();
  }

  clear(): void {
    this.#awaited.clear();
    this.#schedule();
  }

  #schedule(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const [key] = this.#awaited.keys();
    if (key === undefined) return;
    // Members that wait for the same keys look at different times.
    const spread = 0.75 + draw(this.#setup.member, key) / 2;
    const look = (): void => void this.#look().catch(this.#setup.onError);
    this.#timer = setTimeout(look, this.#intervalMs * spread);
  }

  async #look(): Promise<void> {
    const {store, part, onOver} = this.#setup;
    const before = this.#leased;
    this.#leased = this.#findLeased();
    const lost = part.lost();
    let hasChanged = false;
    for (const key of new Set([...before, ...this.#leased, ...lost, ...this.#nextInTurn()])) {
      hasChanged ||= before.has(key) !== this.#leased.has(key);
      if (!this.#awaited.has(key) || findLease(store, key) !== undefined) continue;
      if (!lost.has(key) && !isStored(store, key)) continue;
      if (isDone(store, key)) await showPublished(store, key);
      // It may have been cleared meanwhile.
      const ids = this.#awaited.get(key) ?? [];
      this.#awaited.delete(key);
      ids.forEach(onOver);
      hasChanged = true;
    }
    this.#intervalMs = hasChanged ? firstMs : Math.min(this.#intervalMs * growth, mostMs);
    this.#schedule();
  }

  #findLeased(): ReadonlySet<Key> {
    const names = namesIn(leaseRoot(this.#setup.store));
    const keys = names.map((name) => path.basename(name, '.json') as Key);
    return new Set(keys.filter((key) => this.#awaited.has(key)));
  }

  /** The keys that have waited for their turn the longest; they get to the end of the row. */
  #nextInTurn(): readonly Key[] {
    const next: Key[] = [];
    for (const [key] of this.#awaited) {
      if (next.push(key) === inTurn) break;
    }
    for (const key of next) {
      const ids = this.#awaited.get(key)!;
      this.#awaited.delete(key);
      this.#awaited.set(key, ids);
    }
    return next;
  }
}

/** Whether a key has a result, as far as it can be seen from here. */
export function isStored(store: Store, key: Key): boolean {
  return isDone(store, key) || readNote(recordPath(store, key)) !== undefined;
}
