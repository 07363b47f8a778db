import {statSync} from 'node:fs';
import path from 'node:path';
import {namesIn} from '../base/folder-entries.ts';
import {readText} from '../base/read-text.ts';
import {readRecord} from '../store/records/find-record.ts';
import {parseFingerprint} from '../store/records/fingerprint.ts';
import {fingerprintFolder, type Store} from '../store/layout.ts';
import type {Key} from '../store/records/record.ts';
import {kindOf} from './kind.ts';
import type {PartialFingerprint} from './explain-change.ts';
import {StoredResultIndex, type StoredResult} from './stored-results.ts';

/** What ran before, read a stage type at a time and only when asked. Decides nothing: it explains and estimates. */
export class History {
  readonly #store: Store;
  readonly #types = new Map<string, TypeHistory>();
  /** What `lastMs` has found. */
  readonly #lastMs = new Map<string, number | undefined>();

  constructor(store: Store) {
    this.#store = store;
  }

  /** The past result that is most like this; `undefined` if none is. */
  nearest(wanted: PartialFingerprint): StoredResult | undefined {
    const history = this.#of(wanted.type);
    history.index ??= new StoredResultIndex(history.newestFirst);
    return history.index.nearest(wanted);
  }

  /**
   * How long the past result took that is most like this, or the newest of its kind if that is no longer known;
   * `undefined`: nothing of the kind ever ran.
   */
  expectedMs(wanted: PartialFingerprint): number | undefined {
    const past = this.nearest(wanted);
    const knownMs = past && this.durationMs(past.key);
    return knownMs ?? this.lastMs(kindOf(wanted.type, wanted.params));
  }

  /** How long a past result took; `undefined`: its record is gone. */
  durationMs(key: Key): number | undefined {
    const record = readRecord(this.#store, key);
    return typeof record === 'string' ? undefined : record.durationMs;
  }

  /** How long the newest result of a kind took of which that is known. */
  lastMs(kind: string): number | undefined {
    if (!this.#lastMs.has(kind)) this.#lastMs.set(kind, this.#findLastMs(kind));
    return this.#lastMs.get(kind);
  }

  /** Whether a key's fingerprint was ever stored. */
  knows(type: string, key: Key): boolean {
    return this.#of(type).keys.has(key);
  }

  /** Everything of a stage type that ever ran, the newest first. */
  all(type: string): readonly StoredResult[] {
    return this.#of(type).newestFirst;
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
  readonly keys: ReadonlySet<Key>;
  /** Made when something is first compared. */
  index: StoredResultIndex | undefined;
}

function readHistory(store: Store, type: string): TypeHistory {
  const newestFirst = readPasts(fingerprintFolder(store, type));
  return {newestFirst, keys: new Set(newestFirst.map(({key}) => key)), index: undefined};
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
