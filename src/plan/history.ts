import {readFileSync, readdirSync, statSync} from 'node:fs';
import path from 'node:path';
import {canonicalJson} from '../base/canonical-json.ts';
import {isErrno} from '../base/errno.ts';
import type {Command} from '../contract/command.ts';
import {readRecord} from '../store/find-record.ts';
import {parseFingerprint, type Fingerprint} from '../store/fingerprint.ts';
import {fingerprintFolder, type Store} from '../store/layout.ts';
import type {Key} from '../store/record.ts';
import {kindOf} from './kind.ts';
import type {PartialFingerprint} from './explain-change.ts';

/** Something that ran before. */
export interface Past {
  readonly key: Key;
  readonly fingerprint: Fingerprint;
}

/** What ran before, read a stage type at a time and only when asked. Decides nothing: it explains and estimates. */
export class History {
  readonly #store: Store;
  readonly #types = new Map<string, TypeHistory>();

  constructor(store: Store) {
    this.#store = store;
  }

  /** The past result that is most like this, itself excluded. */
  nearest(wanted: PartialFingerprint, exclude?: Key): Past | undefined {
    return nearest(this.#of(wanted.type), wanted, exclude);
  }

  /** How long the past result took that is most like this; `undefined`: nothing of this stage type ever ran. */
  expectedMs(wanted: PartialFingerprint): number | undefined {
    const past = this.nearest(wanted);
    return past === undefined ? undefined : this.durationMs(past.key);
  }

  /** How long a past result took; `undefined`: its record is gone. */
  durationMs(key: Key): number | undefined {
    const record = readRecord(this.#store, key);
    return typeof record === 'string' ? undefined : record.durationMs;
  }

  /** How long the newest result of a kind took. */
  lastMs(kind: string): number | undefined {
    const type = kind.split(' ')[0]!;
    const newest = this.#of(type).newestFirst.find(
      ({fingerprint}) => kindOf(type, fingerprint.params) === kind,
    );
    return newest === undefined ? undefined : this.durationMs(newest.key);
  }

  /** Whether a key's fingerprint was ever stored. */
  knows(type: string, key: Key): boolean {
    return this.#of(type).keys.has(key);
  }

  /** Everything of a stage type that ever ran, the newest first. */
  all(type: string): readonly Past[] {
    return this.#of(type).newestFirst;
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
  readonly newestFirst: readonly Past[];
  readonly keys: ReadonlySet<Key>;
  /** By all but one field: finds what differs in that field only. The newest of them. */
  readonly byRest: ReadonlyMap<string, readonly Past[]>;
}

/** Of those that differ in more than one field, so many of the newest are compared. Keeps planning linear. */
const comparedCount = 32;

function nearest(
  history: TypeHistory,
  wanted: PartialFingerprint,
  exclude: Key | undefined,
): Past | undefined {
  const fields = fieldsOf(wanted);
  for (const rest of rests(fields)) {
    const past = history.byRest.get(rest)?.find(({key}) => key !== exclude);
    if (past !== undefined) return past;
  }
  let best: {readonly past: Past; readonly shared: number} | undefined;
  for (const past of history.newestFirst.slice(0, comparedCount)) {
    const theirs = fieldsOf(past.fingerprint);
    if (past.key === exclude || theirs.get('program') !== fields.get('program')) continue;
    const shared = sharedCount(fields, theirs);
    if (best === undefined || shared > best.shared) best = {past, shared};
  }
  return best?.past;
}

/** How many fields two fingerprints have in common. */
export function likeness(a: PartialFingerprint, b: PartialFingerprint): number {
  return sharedCount(fieldsOf(a), fieldsOf(b));
}

function sharedCount(a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): number {
  return [...a].filter(([name, value]) => b.get(name) === value).length;
}

function readHistory(store: Store, type: string): TypeHistory {
  const newestFirst = readPasts(fingerprintFolder(store, type));
  const byRest = new Map<string, Past[]>();
  for (const past of newestFirst) {
    for (const rest of rests(fieldsOf(past.fingerprint))) {
      const same = byRest.get(rest);
      // Two are enough: one of them may be the one that is excluded.
      if (same === undefined) byRest.set(rest, [past]);
      else if (same.length < 2) same.push(past);
    }
  }
  return {newestFirst, keys: new Set(newestFirst.map(({key}) => key)), byRest};
}

function readPasts(folder: string): readonly Past[] {
  let names: readonly string[];
  try {
    names = readdirSync(folder);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return [];
    throw error;
  }
  return names
    .filter((name) => name.endsWith('.json'))
    .map((name) => ({name, at: statSync(path.join(folder, name)).mtimeMs}))
    .sort((a, b) => b.at - a.at)
    .flatMap(({name}) => {
      const key = path.basename(name, '.json') as Key;
      const fingerprint = parseFingerprint(readFileSync(path.join(folder, name), 'utf8'), key);
      return fingerprint === undefined ? [] : [{key, fingerprint}];
    });
}

/** Every field that can change on its own, as text. The inputs count as one: they move together. */
function fieldsOf(fingerprint: PartialFingerprint): ReadonlyMap<string, string> {
  const fields = new Map([['version', String(fingerprint.version)]]);
  for (const [name, value] of Object.entries(fingerprint.params)) {
    fields.set(`/${name}`, canonicalJson(value));
  }
  // Runs of different programs have nothing to do with each other.
  const [program] = (fingerprint.params as Partial<Command>).arguments ?? [];
  if (fingerprint.type === 'run') fields.set('program', canonicalJson(program ?? null));
  for (const [name, identity] of Object.entries(fingerprint.environment)) {
    fields.set(`$${name}`, canonicalJson(identity));
  }
  fields.set('inputs', fingerprint.inputs === undefined ? '?' : canonicalJson(fingerprint.inputs));
  return fields;
}

/** For each field, the text of all others. */
function rests(fields: ReadonlyMap<string, string>): readonly string[] {
  const texts = [...fields].map(([name, value]) => `${name}=${value}`).sort();
  return [...fields.keys()].map((name) =>
    [`-${name}`, ...texts.filter((text) => !text.startsWith(`${name}=`))].join('\n'),
  );
}
