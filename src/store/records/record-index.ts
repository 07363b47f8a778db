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

  constructor(store: Store) {
    this.#store = store;
  }

  /** The record of a key, if the index has it for this state of its file. */
  get(key: Key, file: FileState): StageRecord | undefined {
    const line = this.#shard(key).lines.get(key);
    return line === undefined ? undefined : this.#lines.read(line, key, stateText(file));
  }

  put(record: StageRecord, file: FileState): void {
    const {key} = record;
    const line = this.#lines.write(record, stateText(file));
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
  readonly lines: ReadonlyMap<string, string>;
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
  let text = '';
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    // A file that cannot be read counts as empty.
    if (!isSystemError(error)) throw error;
  }
  const lines = new Map<string, string>();
  const whole = text.split('\n');
  const torn = whole.pop() !== '';
  for (const line of whole) lines.set(line.slice(0, 64), line);
  return {lines, superseded: whole.length - lines.size, torn, added: new Map()};
}

/** Appends to the file, or rewrites it when most of it no longer counts. */
function write(store: Store, name: string, {lines, superseded, torn, added}: Shard): void {
  const file = indexPath(store, name);
  mkdirSync(path.dirname(file), {recursive: true});
  if (superseded <= lines.size) {
    appendFileSync(file, `${torn ? '\n' : ''}${[...added.values()].join('\n')}\n`);
    return;
  }
  const all = new Map([...lines, ...added]);
  const temporary = path.join(temporaryFolder(store), randomBytes(8).toString('hex'));
  mkdirSync(path.dirname(temporary), {recursive: true});
  writeFileSync(temporary, `${[...all.values()].join('\n')}\n`);
  renameSync(temporary, file);
}
