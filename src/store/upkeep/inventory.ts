import {statSync, type Stats} from 'node:fs';
import path from 'node:path';
import {parseDigest, type Digest} from '../../base/digest.ts';
import {isErrno} from '../../base/errno.ts';
import {entriesIn} from '../../base/folder-entries.ts';
import {readText} from '../../base/read-text.ts';
import {
  reportFiles,
  blobRoot,
  checkpointRoot,
  fingerprintRoot,
  quarantineFolder,
  recordRoot,
  resultsFolder,
  runRoot,
  type Store,
} from '../layout.ts';
import {stampMs} from '../artifacts/stamp.ts';
import {parseRecord} from '../records/parse-record.ts';
import type {Artifact, Key} from '../records/record.ts';

/** The contents of a store. Times are in milliseconds since the epoch. */
export interface Inventory {
  readonly results: readonly StoredResult[];
  readonly blobs: ReadonlyMap<Digest, StoredBlob>;
  readonly runs: readonly StoredRun[];
  readonly fingerprints: readonly StoredFile[];
  readonly checkpoints: readonly StoredFile[];
  readonly quarantined: readonly StoredFile[];
}

/** A record. One that cannot be read has no artifacts, and the type `''`. */
export interface StoredResult {
  readonly key: Key;
  readonly type: string;
  /** When it was made or last used: the modification time of its file. */
  readonly usedMs: number;
  /** Without duplicates. */
  readonly artifacts: readonly Artifact[];
}

/** A file in `cas/`. */
export interface StoredBlob {
  readonly digest: Digest;
  readonly sizeBytes: number;
  /** When it was stored, or last gained or lost a name. Infinite: the file system does not tell. */
  readonly changedMs: number;
  readonly inode: number;
  /** The number of names of its bytes, this one included. */
  readonly links: number;
}

export interface StoredRun {
  readonly run: string;
  readonly sizeBytes: number;
  readonly changedMs: number;
  /** Whether its folder has results or a report, which users may look for. */
  readonly hasResults: boolean;
  /** Results of the run that share their bytes with an artifact: path relative to the store, and inode. */
  readonly links: readonly {readonly path: string; readonly inode: number}[];
}

/** A file, or a folder with its contents. */
export interface StoredFile {
  /** Its name without `.json`: usually a key. */
  readonly name: string;
  /** Relative to the store. */
  readonly path: string;
  readonly sizeBytes: number;
  readonly changedMs: number;
}

/** Lists a store's contents. Files that appear or vanish meanwhile may or may not be listed. */
export function takeInventory(store: Store): Inventory {
  return {
    results: readResults(store),
    blobs: readBlobs(store),
    runs: entriesIn(runRoot(store)).flatMap(({name}) => measureRun(store, name) ?? []),
    fingerprints: entriesIn(fingerprintRoot(store)).flatMap(({name}) =>
      readFiles(store, path.join(fingerprintRoot(store), name)),
    ),
    checkpoints: readFiles(store, checkpointRoot(store)),
    quarantined: readFiles(store, quarantineFolder(store)),
  };
}

/**
 * The records of a store. `known`: the records of an earlier call, which are read again only if their time has changed.
 */
export function readResults(
  store: Store,
  known: ReadonlyMap<Key, StoredResult> = new Map(),
): readonly StoredResult[] {
  return shardedFiles(recordRoot(store)).flatMap(({name, file}) => {
    const key = path.basename(name, '.json') as Key;
    const usedMs = statIfThere(file)?.mtimeMs;
    if (usedMs === undefined) return [];
    const before = known.get(key);
    return [before?.usedMs === usedMs ? before : readResult(file, key, usedMs)];
  });
}

function readResult(file: string, key: Key, usedMs: number): StoredResult {
  const record = parseRecord(readIfThere(file) ?? '', key);
  const artifacts = Object.values(record?.outputs ?? {}).flatMap((output) => output.artifacts);
  const each = new Map(artifacts.map((artifact) => [artifact.digest, artifact]));
  return {key, type: record?.type ?? '', usedMs, artifacts: [...each.values()]};
}

function readBlobs(store: Store): ReadonlyMap<Digest, StoredBlob> {
  const blobs = new Map<Digest, StoredBlob>();
  for (const {name, file} of shardedFiles(blobRoot(store))) {
    const digest = parseDigest(name);
    const found = statIfThere(file);
    // A pipe or a device may have no end; `verify` reports a folder.
    const isReadable = found?.isFile() === true || found?.isDirectory() === true;
    if (digest === undefined || !isReadable) continue;
    const {size: sizeBytes, ctimeMs, ino: inode, nlink: links} = found;
    // Some file systems give the stamp instead: it may have been just now.
    const changedMs = ctimeMs === stampMs ? Number.POSITIVE_INFINITY : ctimeMs;
    blobs.set(digest, {digest, sizeBytes, changedMs, inode, links});
  }
  return blobs;
}

/** The folder of one run. `undefined`: there is none. */
export function measureRun(store: Store, run: string): StoredRun | undefined {
  const folder = path.join(runRoot(store), run);
  const measured = measure(folder);
  if (measured === undefined) return undefined;
  const results = resultsFolder(store, run);
  const entries = entriesIn(results);
  const hasResults =
    entries.length > 0 ||
    reportFiles.some((name) => statIfThere(path.join(folder, name)) !== undefined);
  const links = entries.flatMap(({name}) => {
    const file = path.join(results, name);
    const found = statIfThere(file);
    if (found === undefined || found.nlink < 2) return [];
    return [{path: path.relative(store.root, file), inode: found.ino}];
  });
  return {run, ...measured, hasResults, links};
}

function readFiles(store: Store, folder: string): readonly StoredFile[] {
  return entriesIn(folder).flatMap(({name}) => {
    const file = path.join(folder, name);
    const measured = measure(file);
    if (measured === undefined) return [];
    const stored = {name: path.basename(name, '.json'), path: path.relative(store.root, file)};
    return [{...stored, ...measured}];
  });
}

/** The size of a file or of a folder's contents, and the newest change in it. */
function measure(
  file: string,
): {readonly sizeBytes: number; readonly changedMs: number} | undefined {
  const found = statIfThere(file);
  if (found === undefined) return undefined;
  // A file that shares its bytes, with an artifact or with the results of another run, takes no space of its own, and
  // its change time is updated whenever the bytes get another name.
  const isOwn = found.isFile() && found.nlink === 1;
  let sizeBytes = isOwn ? found.size : 0;
  let changedMs = Math.max(found.mtimeMs, isOwn ? found.ctimeMs : 0);
  if (!found.isDirectory()) return {sizeBytes, changedMs};
  for (const {name} of entriesIn(file)) {
    const inside = measure(path.join(file, name));
    sizeBytes += inside?.sizeBytes ?? 0;
    changedMs = Math.max(changedMs, inside?.changedMs ?? 0);
  }
  return {sizeBytes, changedMs};
}

/** The files of the folders `00` to `ff` in a folder. */
function shardedFiles(root: string): readonly {readonly name: string; readonly file: string}[] {
  return entriesIn(root)
    .filter(({name}) => /^[0-9a-f]{2}$/.test(name))
    .flatMap(({name: shard}) =>
      entriesIn(path.join(root, shard)).map(({name}) => ({
        name,
        file: path.join(root, shard, name),
      })),
    );
}

function statIfThere(file: string): Stats | undefined {
  return statSync(file, {throwIfNoEntry: false});
}

function readIfThere(file: string): string | undefined {
  try {
    return readText(file);
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'EISDIR')) return undefined;
    throw error;
  }
}
