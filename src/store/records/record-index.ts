import {randomBytes} from 'node:crypto';
import {
  appendFileSync,
  mkdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
  type Stats,
} from 'node:fs';
import path from 'node:path';
import {isSystemError} from '../../base/errno.ts';
import {indexPath, temporaryFolder, type Store} from '../layout.ts';
import {RecordLines} from './record-line.ts';
import type {Key, StageRecord} from './record.ts';
import {surveyIndex} from './survey-index.ts';
import {mark} from './survey-shards.ts';

/**
 * The state of a record's file, which shows whether it is another file or has changed. Inodes are reused, and anybody
 * may set the time of the last modification; only the time of the last change of state cannot be set.
 */
export type FileState = Pick<Stats, 'ctimeMs' | 'size' | 'ino'>;

/**
 * Copies of records, many in a file, because opening a file for each record takes most of the time of a run with
 * nothing to do. A copy is one line: the key, the state of the record's file, the record. It counts only while the file
 * is in that state. Lines are appended, the last one of a key counts, and incomplete lines are ignored: so the index
 * may be torn, out of date or deleted at any time.
 */
export class RecordIndex {
  readonly #store: Store;
  readonly #lines = new RecordLines();
  readonly #shards = new Map<string, Shard>();
  /** Whether marks of a survey count. */
  #isSurveyed = false;

  /** The state that each record's file had when the record was given or taken. Absent: nobody asks. */
  readonly #states: Map<Key, string> | undefined;

  constructor(store: Store, {notesStates}: {readonly notesStates: boolean}) {
    this.#store = store;
    this.#states = notesStates ? new Map() : undefined;
  }

  /**
   * Surveys the whole index, unless it is larger than `maxBytes`. What it finds as it should be counts until `endSurvey`, once for each key.
   * @param restedMs records that were last used before it are left out
   */
  survey(limits: {readonly maxBytes: number; readonly restedMs: number}): void {
    const surveyed = surveyIndex(this.#store, limits);
    if (surveyed === undefined) return;
    for (const [name, bytes] of surveyed) {
      const added = this.#shards.get(name)?.added ?? new Map<string, string>();
      this.#shards.set(name, {...shardOf(bytes), added});
    }
    this.#isSurveyed = true;
  }

  /** Ends what a survey says, and forgets what was read of the index, which takes much memory. */
  endSurvey(): void {
    this.#isSurveyed = false;
    for (const [name, {added}] of this.#shards) if (added.size === 0) this.#shards.delete(name);
  }

  /** The record of a key that a survey has found as it should be, with all its artifacts. */
  surveyed(key: Key): StageRecord | undefined {
    if (!this.#isSurveyed) return undefined;
    const {bytes, lines} = this.#shard(key);
    const from = lines.get(key);
    if (from === undefined || bytes[from + keyDigits] !== mark) return undefined;
    bytes[from + keyDigits] = tab;
    const line = lineAt(bytes, from);
    this.#states?.set(key, line.slice(keyDigits + 1, line.indexOf('\t', keyDigits + 1)));
    return this.#lines.read(line, key);
  }

  /** The record of a key, if the index has it for this state of its file. */
  get(key: Key, file: FileState): StageRecord | undefined {
    const {bytes, lines} = this.#shard(key);
    const from = lines.get(key);
    if (from === undefined) return undefined;
    const state = stateText(file);
    this.#states?.set(key, state);
    return this.#lines.read(lineAt(bytes, from), key, state);
  }

  /** The state that the file of a record had when this index gave or took the record. */
  stateOf(key: Key): string | undefined {
    return this.#states?.get(key);
  }

  put(record: StageRecord, file: FileState): void {
    const {key} = record;
    const state = stateText(file);
    const line = this.#lines.write(record, state);
    this.#states?.set(key, state);
    if (line !== undefined) this.#shard(key).added.set(key, line);
  }

  /** Writes new copies. If that fails, only time is lost. */
  flush(): void {
    try {
      for (const [name, shard] of this.#shards) {
        if (shard.added.size > 0) write(this.#store, name, shard);
        this.#shards.delete(name);
      }
    } catch (error) {
      if (!isSystemError(error)) throw error;
    }
  }

  #shard(key: Key): Shard {
    const name = key.slice(0, 2);
    let shard = this.#shards.get(name);
    if (shard === undefined) {
      shard = readShard(indexPath(this.#store, name));
      this.#shards.set(name, shard);
    }
    return shard;
  }
}

interface Shard {
  readonly bytes: Buffer;
  /** The position of the last line of each key. */
  readonly lines: ReadonlyMap<string, number>;
  /** Number of lines in the file that no longer count. */
  readonly superseded: number;
  /** Whether the file ends within a line. */
  readonly torn: boolean;
  readonly added: Map<string, string>;
}

function stateText({ctimeMs, size, ino}: FileState): string {
  return `${timeText(ctimeMs)} ${size} ${ino}`;
}

/** As whole numbers, which are written many times faster than fractions. */
function timeText(timeMs: number): string {
  const seconds = Math.floor(timeMs / 1000);
  return `${seconds}.${Math.round((timeMs - 1000 * seconds) * 1e4)}`;
}

function readShard(file: string): Shard {
  try {
    // Node.js opens, reads and closes a file at once only if it is to decode its text.
    return shardOf(Buffer.from(readFileSync(file, 'utf8')));
  } catch (error) {
    // A file that cannot be read counts as empty.
    if (!isSystemError(error)) throw error;
    return shardOf(Buffer.alloc(0));
  }
}

const [keyDigits, tab, lineFeed] = [64, 0x09, 0x0a];

function shardOf(bytes: Buffer): Shard {
  const lines = new Map<string, number>();
  let count = 0;
  let from = 0;
  for (let to; (to = bytes.indexOf(lineFeed, from)) >= 0; from = to + 1) {
    // A torn line has no key.
    if (to - from > keyDigits) lines.set(bytes.toString('latin1', from, from + keyDigits), from);
    count++;
  }
  const torn = from < bytes.length;
  return {bytes, lines, superseded: count - lines.size, torn, added: new Map()};
}

/** A line without its line feed. */
function lineAt(bytes: Buffer, from: number): string {
  return bytes.toString('utf8', from, bytes.indexOf(lineFeed, from));
}

/** Appends to the file, or rewrites it when most of it no longer counts. */
function write(store: Store, name: string, shard: Shard): void {
  const {bytes, lines, superseded, torn, added} = shard;
  const file = indexPath(store, name);
  mkdirSync(path.dirname(file), {recursive: true});
  if (superseded <= lines.size) {
    appendFileSync(file, `${torn ? '\n' : ''}${[...added.values()].join('\n')}\n`);
    return;
  }
  const kept = Array.from(lines, ([key, from]) => {
    const rest = lineAt(bytes, from + keyDigits + 1);
    return [key, `${key}\t${rest}`] as const;
  });
  const all = new Map([...kept, ...added]);
  const temporary = path.join(temporaryFolder(store), randomBytes(8).toString('hex'));
  mkdirSync(path.dirname(temporary), {recursive: true});
  writeFileSync(temporary, `${[...all.values()].join('\n')}\n`);
  renameSync(temporary, file);
}
