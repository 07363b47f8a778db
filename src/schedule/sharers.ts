import type {InstanceId} from '../pipeline/graph/instance.ts';
import type {Key} from '../store/records/record.ts';

/** Keys that are queued or running, with further instances that will have the same result. */
export class Sharers {
  readonly #sharers = new Map<Key, InstanceId[]>();

  /** Notes that a key is queued. */
  begin(key: Key): void {
    this.#sharers.set(key, []);
  }

  /** Has an instance wait for a key. Gives whether it is queued or running. */
  join(key: Key, id: InstanceId): boolean {
    const sharers = this.#sharers.get(key);
    sharers?.push(id);
    return sharers !== undefined;
  }

  /** Ends a key. Gives the instances that waited for it. */
  end(key: Key): readonly InstanceId[] {
    const sharers = this.#sharers.get(key) ?? [];
    this.#sharers.delete(key);
    return sharers;
  }
}
