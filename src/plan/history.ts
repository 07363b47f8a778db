import {statSync} from 'node:fs';
import path from 'node:path';
import {parseDigest} from '../base/digest.ts';
import {namesIn} from '../base/folder-entries.ts';
import type {Json} from '../base/json.ts';
import {readText} from '../base/read-text.ts';
import {readRecord} from '../store/records/find-record.ts';
import {parseFingerprint} from '../store/records/fingerprint.ts';
import {fingerprintFolder, type Store} from '../store/layout.ts';
import type {Key} from '../store/records/record.ts';
import {kindOf} from './kind.ts';
import type {PartialFingerprint} from './explain-change.ts';
import {StoredResultIndex, type StoredResult} from './stored-results.ts';

/**
 * Earlier results, read on demand for one stage type at a time. They explain verdicts, tell `maybe` from `run` and give estimates. Whether
 * a result is stored is decided without them.
 */
export class History {
  readonly #store: Store;
  readonly #types = new Map<string, TypeHistory>();
  /** Cached results of `lastMs`. */
  readonly #lastMs = new Map<string, number | undefined>();

  constructor(store: Store) {
    this.#store = store;
  }

  /** The most similar earlier result; `undefined` if none is similar. */
  nearest(wanted: PartialFingerprint): StoredResult | undefined {
    return this.#indexOf(wanted.type).nearest(wanted);
  }

  /** The earlier results that differ at most in what flowed into them; `undefined`: more than a few. */
  alike(wanted: PartialFingerprint): readonly StoredResult[] | undefined {
    return this.#indexOf(wanted.type).alike(wanted);
  }

  /**
   * The duration of the most similar earlier result, and its key; or, if that is not known any more, the duration of the newest of its
   * kind. `undefined`: nothing of the kind ever ran.
   */
  expected(wanted: PartialFingerprint): {readonly ms: number; readonly from?: Key} | undefined {
    const past = this.nearest(wanted);
    const knownMs = past && this.durationMs(past.key);
    if (knownMs !== undefined) return {ms: knownMs, from: past!.key};
    const lastMs = this.lastMs(kindOf(wanted.type, wanted.params));
    return lastMs === undefined ? undefined : {ms: lastMs};
  }

  /** The duration of an earlier result, with those of the results from which it went on; `undefined`: one of their records is gone. */
  durationMs(key: Key): number | undefined {
    let ms = 0;
    // Records may say anything.
    const seen = new Set<unknown>();
    for (let at: Json | undefined = key; at !== undefined;) {
      if (seen.has(at) || parseDigest(at) === undefined) return undefined;
      seen.add(at);
      const record = readRecord(this.#store, at as Key);
      if (typeof record === 'string') return undefined;
      ms += record.durationMs;
      at = record.provenance['goesOnFrom'];
    }
    return ms;
  }

  /** The duration of the newest result of a kind whose duration is known. */
  lastMs(kind: string): number | undefined {
    if (!this.#lastMs.has(kind)) this.#lastMs.set(kind, this.#findLastMs(kind));
    return this.#lastMs.get(kind);
  }

  /** Whether a key's fingerprint was ever stored. */
  knows(type: string, key: Key): boolean {
    return this.find(type, key) !== undefined;
  }

  /** An earlier result, by its key. */
  find(type: string, key: Key): StoredResult | undefined {
    return this.#of(type).byKey.get(key);
  }

  /** The numbers that a parameter has in earlier results of a stage type, the highest first. */
  valuesOf(type: string, param: string): readonly number[] {
    const history = this.#of(type);
    let values = history.values.get(param);
    if (values === undefined) {
      const found = history.newestFirst.map(({fingerprint}) => fingerprint.params[param]);
      values = [...new Set(found)].filter((value) => typeof value === 'number');
      values.sort((a, b) => b - a);
      history.values.set(param, values);
    }
    return values;
  }

  /** All earlier results of a stage type, newest first. */
  all(type: string): readonly StoredResult[] {
    return this.#of(type).newestFirst;
  }

  #indexOf(type: string): StoredResultIndex {
    const history = this.#of(type);
    history.index ??= new StoredResultIndex(history.newestFirst);
    return history.index;
  }

  #findLastMs(kind: string): number | undefined {
    const type = kind.split(' ')[0]!;
    for (const {key, fingerprint} of this.#of(type).newestFirst) {
      if (kindOf(type, fingerprint.params) !== kind) continue;
      const knownMs = this.durationMs(key);
      if (knownMs !== undefined) return knownMs;
    }
    return undefined;
  }

  #of(type: string): TypeHistory {
    let history = this.#types.get(type);
    if (history === undefined) {
      history = readHistory(this.#store, type);
      this.#types.set(type, history);
    }
    return history;
  }
}

interface TypeHistory {
  readonly newestFirst: readonly StoredResult[];
  readonly byKey: ReadonlyMap<Key, StoredResult>;
  /** Built for the first comparison. */
  index: StoredResultIndex | undefined;
  /** Cached results of `valuesOf`. */
  readonly values: Map<string, number[]>;
}

function readHistory(store: Store, type: string): TypeHistory {
  const newestFirst = readPasts(fingerprintFolder(store, type));
  return {
    newestFirst,
    byKey: new Map(newestFirst.map((past) => [past.key, past])),
    index: undefined,
    values: new Map(),
  };
}

function readPasts(folder: string): readonly StoredResult[] {
  return namesIn(folder)
    .filter((name) => name.endsWith('.json'))
    .map((name) => ({name, at: statSync(path.join(folder, name)).mtimeMs}))
    .sort((a, b) => b.at - a.at)
    .flatMap(({name}) => {
      const key = path.basename(name, '.json') as Key;
      const fingerprint = parseFingerprint(readText(path.join(folder, name)), key);
      return fingerprint === undefined ? [] : [{key, fingerprint}];
    });
}
