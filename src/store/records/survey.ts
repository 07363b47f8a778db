import type * as FileSystem from 'node:fs';

/** The part of a survey that several threads share. */
export interface Surveyed {
  /** The bytes of each shard: lines as `RecordLines` writes them. Only marks are written to them. */
  readonly shards: readonly SharedArrayBuffer[];
  /** The first digits of the keys in each shard, which may be none. */
  readonly starts: readonly string[];
  /** For each shard whether nobody (0) or somebody (1) looks at it, or it is done (2). */
  readonly states: Int32Array<SharedArrayBuffer>;
  /** The folders of records and of artifacts, with a separator at the end. */
  readonly records: string;
  readonly artifacts: string;
  /** The folder of the results of a run, with a separator at the end. Absent: lines about results are not marked. */
  readonly results?: string;
  readonly separator: string;
  /** The modification time of an artifact that nobody has written to, in milliseconds. */
  readonly stampMs: number;
  /** Records that were last used before it are left out: a look-up has to note that they are used now. */
  readonly restedMs: number;
  /** What is put in the place of the tab after a line's key when everything is as the line says. */
  readonly mark: number;
}

/**
 * Asks the file system for the state of each record in the shards and of all its artifacts, and of results, and marks the
 * lines of those that are as they should be. Threads that are given the same data share the work. A thread is given the
 * text of this function, so the function may use nothing from outside.
 */
export function survey(given: Surveyed, {statSync}: Pick<typeof FileSystem, 'statSync'>): void {
  const {shards, starts, states, records, artifacts, results} = given;
  const {separator, stampMs, restedMs, mark} = given;
  const [digits, tab, lineFeed] = [64, 0x09, 0x0a];
  const isThere = {throwIfNoEntry: false} as const;

  const isUntouched = (digest: string, sizeBytes: string | undefined): boolean => {
    const file = artifacts + digest.slice(0, 2) + separator + digest;
    const state = statSync(file, isThere);
    return state !== undefined && state.mtimeMs === stampMs && String(state.size) === sizeBytes;
  };
  const areAsPlaced = (fields: readonly string[]): boolean => {
    if (results === undefined) return false;
    for (let at = 2; at < fields.length; at += 3) {
      const state = statSync(results + fields[at]!, isThere);
      if (state?.mtimeMs !== Number(fields[at + 1])) return false;
      if (state.size !== Number(fields[at + 2])) return false;
    }
    return true;
  };
  const isDigest = (text: string): boolean => text.length === digits && /^[0-9a-f]+$/.test(text);
  const isWhole = (fields: readonly string[], start: string): boolean => {
    if (!isDigest(fields[0]!) || !fields[0]!.startsWith(start)) return false;
    if (fields[1] === '') return areAsPlaced(fields);
    const folder = records + fields[0]!.slice(0, 2) + separator;
    const file = statSync(`${folder}${fields[0]!}.json`, isThere);
    if (file === undefined || file.mtimeMs < restedMs) return false;
    const seconds = Math.floor(file.ctimeMs / 1000);
    const part = Math.round((file.ctimeMs - 1000 * seconds) * 1e4);
    if (fields[1] !== `${seconds}.${part} ${file.size} ${file.ino}`) return false;
    // Whoever reads the line finds out whether each output has its digests.
    for (let at = 8; at < fields.length; at++) {
      if (isDigest(fields[at]!) && !isUntouched(fields[at]!, fields[at + 1])) return false;
    }
    return true;
  };
  /** A look-up says what is wrong with a file that cannot be asked, if anybody needs it. */
  const isSurelyWhole = (fields: readonly string[], start: string): boolean => {
    try {
      return isWhole(fields, start);
    } catch {
      return false;
    }
  };
  const surveyShard = (bytes: Buffer, start: string): void => {
    let from = 0;
    for (let to; (to = bytes.indexOf(lineFeed, from)) >= 0; from = to + 1) {
      if (bytes[from + digits] !== tab) continue;
      const fields = bytes.toString('utf8', from, to).split('\t');
      if (isSurelyWhole(fields, start)) bytes[from + digits] = mark;
    }
  };
  // Whoever comes to the end looks again at what others have not finished, as they may have died.
  for (const free of [0, 1]) {
    for (const [index, shard] of shards.entries()) {
      if (Atomics.compareExchange(states, index, free, 1) !== free) continue;
      surveyShard(Buffer.from(shard), starts[index]!);
      Atomics.store(states, index, 2);
    }
  }
}
