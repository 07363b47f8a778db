import {fstatSync, readFileSync, statSync, type Stats} from 'node:fs';
import {ifThere} from '../../base/read-text.ts';
import {checkArtifacts, type Lookup} from './find-record.ts';
import {recordPath, type Store} from '../layout.ts';
import {parseRecord} from './parse-record.ts';
import {RecordIndex} from './record-index.ts';
import {hasOutputs, type Key, type OutputForms, type StageRecord} from './record.ts';
import {stamp, touch} from '../artifacts/stamp.ts';
import {restedMs, surveyedKeys} from './survey-shards.ts';

/**
 * Size of the index for each key, up to which a survey takes less time. A line has some 500 bytes. In a larger index most lines are of
 * keys that nobody asks for.
 */
const surveyedBytes = 1000;

/**
 * The records of a store, for many look-ups. A run maintains the records that it finds, a dry run writes nothing.
 * Maintaining means noting that a record was used, restoring the times of whole artifacts, and adding to the index.
 */
export class Records {
  readonly #store: Store;
  readonly #index: RecordIndex;
  readonly #tends: boolean;
  readonly #elsewhere: ReadonlyMap<Key, StageRecord>;
  /** Size up to which the index is surveyed at the next look-up that finds a result, if it is to be. */
  #surveyableBytes: number | undefined;

  /** @param elsewhere records of results that other machines have made, whose bytes can be had */
  constructor(
    store: Store,
    {
      tend,
      elsewhere = new Map(),
    }: {readonly tend: boolean; readonly elsewhere?: ReadonlyMap<Key, StageRecord> | undefined},
  ) {
    this.#elsewhere = elsewhere;
    this.#store = store;
    this.#index = new RecordIndex(store, {notesStates: tend});
    this.#tends = tend;
  }

  /** As `findRecord`, and faster from the second time on. A result that is not here may be elsewhere. */
  find(key: Key, outputs?: OutputForms): Lookup {
    const found = this.#findHere(key, outputs);
    if (found.kind === 'hit' && this.#surveyableBytes !== undefined) {
      this.#survey(this.#surveyableBytes);
    }
    const record = found.kind === 'hit' ? undefined : this.#elsewhere.get(key);
    if (record === undefined || !hasOutputs(record, outputs)) return found;
    return {kind: 'hit', record, isElsewhere: true};
  }

  /**
   * Lets several threads look at all records of the store and their artifacts, if an action may look up so many keys
   * that it is worth it. They begin when a look-up finds a result: where the first instances have to run, the others are
   * not looked up. What is as it should be counts for one look-up of its key within the action; all else is looked at
   * when it is looked up.
   */
  whileSurveyed<T>(keys: number, action: () => T): T {
    if (keys < surveyedKeys) return action();
    this.#surveyableBytes = keys * surveyedBytes;
    try {
      return action();
    } finally {
      this.#surveyableBytes = undefined;
      this.#index.endSurvey();
    }
  }

  #survey(maxBytes: number): void {
    this.#surveyableBytes = undefined;
    this.#index.survey({maxBytes, restedMs: this.#tends ? Date.now() - restedMs : -Infinity});
  }

  #findHere(key: Key, outputs?: OutputForms): Lookup {
    const surveyed = this.#index.surveyed(key);
    if (surveyed !== undefined && hasOutputs(surveyed, outputs)) {
      return {kind: 'hit', record: surveyed};
    }
    const file = recordPath(this.#store, key);
    const state = statSync(file, {throwIfNoEntry: false});
    if (state === undefined) return {kind: 'none'};
    const indexed = this.#index.get(key, state);
    if (indexed !== undefined && hasOutputs(indexed, outputs)) {
      const found = this.#check(indexed);
      // Everything but a hit is decided by the record's own file.
      if (found.kind === 'hit') {
        if (this.#isRested(state)) this.#refresh(file, indexed);
        return found;
      }
    }
    const read = readWithState(file);
    if (read === undefined) return {kind: 'none'};
    const record = parseRecord(read.text, key);
    if (record === undefined || !hasOutputs(record, outputs)) return {kind: 'record-corrupt'};
    const found = this.#check(record);
    if (found.kind === 'hit' && this.#tends) {
      if (this.#isRested(read.state)) this.#refresh(file, record);
      else this.#index.put(record, read.state);
    }
    return found;
  }

  /**
   * The state of the file of a record that was found or added, as `stateLine` takes it; `undefined`: it was not noted, as that of a
   * record of a dry run.
   */
  stateOf(key: Key): string | undefined {
    return this.#index.stateOf(key);
  }

  /** Adds a published record. */
  add(record: StageRecord): void {
    const state = statSync(recordPath(this.#store, record.key), {throwIfNoEntry: false});
    if (state !== undefined) this.#index.put(record, state);
  }

  /** Writes the index. */
  flush(): void {
    this.#index.flush();
  }

  #check(record: StageRecord): Lookup {
    return checkArtifacts(this.#store, record, this.#tends ? stamp : undefined);
  }

  #isRested({mtimeMs}: Pick<Stats, 'mtimeMs'>): boolean {
    return this.#tends && Date.now() - mtimeMs > restedMs;
  }

  #refresh(file: string, record: StageRecord): void {
    touch(file, Date.now());
    this.add(record);
  }
}

function readWithState(file: string): {readonly text: string; readonly state: Stats} | undefined {
  return ifThere(file, (descriptor) => ({
    state: fstatSync(descriptor),
    text: readFileSync(descriptor, 'utf8'),
  }));
}
