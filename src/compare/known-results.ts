import {resultOf, type InstanceAccount} from '../journal/run-account.ts';
import type {Store} from '../store/layout.ts';
import type {Key, StageRecord} from '../store/records/record.ts';

/** What a comparison needs of a result. */
export type KnownResult = Pick<StageRecord, 'key' | 'type' | 'outputs'>;

/** Number of results of each kind that are kept in memory. */
const keptResults = 20_000;

/**
 * The results of instances. A run that made a result has its own; runs that found one stored share what the store has now, which may
 * have replaced what an earlier run made, and whose record is read once.
 */
export class KnownResults {
  readonly #store: Store;
  /** What journals tell that their runs made. */
  readonly #told = new Map<Key, KnownResult>();
  /** What runs that found a key stored show of it. */
  readonly #shown = new Map<Key, KnownResult | undefined>();

  constructor(store: Store) {
    this.#store = store;
  }

  /** @param isWanted whether an output, by its name and media, is needed */
  of(
    account: InstanceAccount,
    isWanted: (name: string, media: string) => boolean,
  ): KnownResult | undefined {
    const {key, record} = account;
    if (key === undefined) return undefined;
    if (record !== undefined) {
      const told = wanted(record, isWanted);
      keep(this.#told, key, told);
      // A page that goes on reads this once the store has the new record.
      this.#shown.delete(key);
      return told;
    }
    if (!this.#shown.has(key)) {
      const stored = resultOf(this.#store, account);
      keep(this.#shown, key, stored ? wanted(stored, isWanted) : this.#told.get(key));
    }
    return this.#shown.get(key);
  }
}

function keep<Value>(known: Map<Key, Value>, key: Key, value: Value): void {
  if (known.size >= keptResults) known.clear();
  known.set(key, value);
}

function wanted(
  {key, type, outputs}: StageRecord,
  isWanted: (name: string, media: string) => boolean,
): KnownResult {
  const kept = Object.entries(outputs).filter(([name, {media}]) => isWanted(name, media));
  return {key, type, outputs: Object.fromEntries(kept)};
}
