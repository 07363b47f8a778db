import type {Digest} from '../base/digest.ts';
import type {Store} from '../store/layout.ts';
import {readRecord} from '../store/records/find-record.ts';
import type {Key} from '../store/records/record.ts';
import type {History} from './history.ts';
import type {StoredResult} from './stored-results.ts';

/** Finds the stored results that gave artifacts. Records are read on demand, those of a stage type at once. */
export class Makers {
  readonly #store: Store;
  readonly #history: History;
  readonly #most: number;
  readonly #byType = new Map<string, ReadonlyMap<Digest, StoredResult>>();

  /** @param most limit of the results of a stage type that are searched, newest first; default: all */
  constructor(store: Store, history: History, most = Infinity) {
    this.#store = store;
    this.#history = history;
    this.#most = most;
  }

  /** The newest result of a stage type that gave an artifact. */
  find(type: string, digest: Digest): StoredResult | undefined {
    let makers = this.#byType.get(type);
    if (makers === undefined) {
      makers = this.#makersOf(type);
      this.#byType.set(type, makers);
    }
    return makers.get(digest);
  }

  #makersOf(type: string): ReadonlyMap<Digest, StoredResult> {
    const makers = new Map<Digest, StoredResult>();
    for (const result of this.#history.all(type).slice(0, this.#most).toReversed()) {
      for (const digest of this.#digestsOf(result.key)) makers.set(digest, result);
    }
    return makers;
  }

  #digestsOf(key: Key): readonly Digest[] {
    const record = readRecord(this.#store, key);
    if (typeof record === 'string') return [];
    return Object.values(record.outputs).flatMap(({artifacts}) =>
      artifacts.map(({digest}) => digest),
    );
  }
}
