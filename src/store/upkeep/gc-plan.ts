import type {Digest} from '../../base/digest.ts';
import type {Inventory, StoredBlob, StoredFile, StoredResult, StoredRun} from './inventory.ts';
import {bytesOf, ReferenceCounts} from './reference-counts.ts';
import type {Key} from '../records/record.ts';

/** The reason why something may not be removed, whatever its age. */
export type Need =
  | {readonly kind: 'pinned' | 'live'; readonly run: string}
  /** It is being computed, or is an input of something that is. */
  | {readonly kind: 'computing'; readonly attempt: string};

/** Everything that may not be removed now. */
export interface Needs {
  readonly runs: ReadonlyMap<string, Need>;
  readonly keys: ReadonlyMap<Key, Need>;
  readonly digests: ReadonlyMap<Digest, Need>;
}

export interface Bounds {
  readonly nowMs: number;
  /** Results that were not used for longer are removed. */
  readonly maxAgeMs: number;
  /** Least recently used results are removed until the artifacts take at most this much. */
  readonly maxBytes: number;
  /** Whether old runs are removed although their folders have results or a report. */
  readonly withResults: boolean;
}

/** Default of `maxAgeMs`: thirty days. */
export const defaultMaxAgeMs = 30 * 24 * 3_600_000;

/** Default of `maxBytes`: 100 GB. */
export const defaultMaxBytes = 100e9;

/** Age below which an artifact that no record names is kept: its record may be about to be written. */
export const graceMs = 3_600_000;

export interface DoomedResult {
  readonly result: StoredResult;
  readonly why: 'age' | 'size';
  /** Bytes of the artifacts that no other result needs. */
  readonly freedBytes: number;
}

/** What to remove, in this order, and what stays although it is old or there is too much. */
export interface GcPlan {
  readonly runs: readonly StoredRun[];
  /** Number of old runs that are kept only for their results or reports. */
  readonly keptRuns: number;
  readonly results: readonly DoomedResult[];
  /** Artifacts that no kept record names. */
  readonly blobs: readonly DoomedBlob[];
  /** The part of them that no record named before. */
  readonly unnamed: {readonly count: number; readonly bytes: number};
  readonly fingerprints: readonly StoredFile[];
  readonly checkpoints: readonly StoredFile[];
  readonly quarantined: readonly StoredFile[];
  /** Results that would be removed if they were not needed. */
  readonly spared: readonly {
    readonly result: StoredResult;
    readonly why: 'age' | 'size';
    readonly need: Need;
  }[];
  /** What remains: results, and the bytes of their artifacts. */
  readonly kept: {readonly results: number; readonly bytes: number};
}

export interface DoomedBlob {
  readonly blob: StoredBlob;
  /** Names in the `results` folders of runs, which are removed with it: paths relative to the store. */
  readonly links: readonly string[];
}

/**
 * Decides what to remove. Kept results keep all their artifacts; needed results and runs stay; what remains has at most
 * the allowed bytes, unless nothing more can be removed.
 */
export function planGc(inventory: Inventory, needs: Needs, bounds: Bounds): GcPlan {
  const isOld = (usedMs: number): boolean => bounds.nowMs - usedMs > bounds.maxAgeMs;
  const stays = ({run, hasResults}: StoredRun): boolean =>
    needs.runs.has(run) || (hasResults && !bounds.withResults);
  const old = inventory.runs.filter(({changedMs}) => isOld(changedMs));
  const runs = old.filter((run) => !stays(run));
  const links = removableLinks(inventory.runs.filter((run) => !stays(run)));
  const needed = new Map<StoredResult, Need>();
  for (const result of inventory.results) {
    const need = needOf(result, needs);
    if (need !== undefined) needed.set(result, need);
  }
  const books = new ReferenceCounts(inventory, digestsOf(needed.keys(), needs), links);
  const unnamed = unnamedBlobs(inventory, books, bounds.nowMs);
  books.bytes -= bytesOf(unnamed);
  const {doomed, spared} = chooseResults(inventory, {
    needed,
    books,
    isOld,
    maxBytes: bounds.maxBytes,
  });
  const gone = new Set(doomed.map(({result}) => result));
  const kept = inventory.results.filter((result) => !gone.has(result));
  const keptKeys = new Set(kept.map(({key}) => key));
  const isFree = ({name}: StoredFile): boolean =>
    !keptKeys.has(name as Key) && !needs.keys.has(name as Key);
  const oldOf = (files: readonly StoredFile[]): readonly StoredFile[] =>
    files.filter(({changedMs}) => isOld(changedMs));
  const freed = [...books.freed].flatMap((digest) => inventory.blobs.get(digest) ?? []);
  return {
    runs,
    keptRuns: old.filter((run) => stays(run) && !needs.runs.has(run.run)).length,
    results: doomed,
    blobs: [...freed, ...unnamed].map((blob) => ({blob, links: links.get(blob.inode) ?? []})),
    unnamed: {count: unnamed.length, bytes: bytesOf(unnamed)},
    fingerprints: oldOf(inventory.fingerprints).filter(isFree),
    checkpoints: oldOf(inventory.checkpoints).filter(isFree),
    quarantined: oldOf(inventory.quarantined),
    spared,
    kept: {results: kept.length, bytes: books.bytes},
  };
}

/** Names that artifacts have in the `results` folders of runs that may be removed, by inode. */
function removableLinks(runs: readonly StoredRun[]): ReadonlyMap<number, readonly string[]> {
  const links = new Map<number, string[]>();
  for (const {path, inode} of runs.flatMap(({links}) => links)) {
    const same = links.get(inode);
    if (same === undefined) links.set(inode, [path]);
    else same.push(path);
  }
  return links;
}

function needOf({key, artifacts}: StoredResult, needs: Needs): Need | undefined {
  const own = needs.keys.get(key);
  if (own !== undefined) return own;
  for (const {digest} of artifacts) {
    const need = needs.digests.get(digest);
    if (need !== undefined) return need;
  }
  return undefined;
}

/** The artifacts that must stay: those that are needed by digest, and all artifacts of needed results. */
function digestsOf(needed: Iterable<StoredResult>, needs: Needs): ReadonlySet<Digest> {
  const digests = new Set(needs.digests.keys());
  for (const {artifacts} of needed) {
    for (const {digest} of artifacts) digests.add(digest);
  }
  return digests;
}

function chooseResults(
  inventory: Inventory,
  given: {
    readonly needed: ReadonlyMap<StoredResult, Need>;
    readonly books: ReferenceCounts;
    readonly isOld: (usedMs: number) => boolean;
    readonly maxBytes: number;
  },
): {readonly doomed: readonly DoomedResult[]; readonly spared: GcPlan['spared']} {
  const {needed, books, isOld, maxBytes} = given;
  const doomed: DoomedResult[] = [];
  const spared: GcPlan['spared'][number][] = [];
  const oldestFirst = [...inventory.results].sort(
    (a, b) => a.usedMs - b.usedMs || (a.key < b.key ? -1 : 1),
  );
  // Old results are removed before others make room.
  for (const why of ['age', 'size'] as const) {
    for (const result of oldestFirst) {
      if (isOld(result.usedMs) !== (why === 'age')) continue;
      if (why === 'size' && books.bytes <= maxBytes) continue;
      const need = needed.get(result);
      if (need !== undefined) spared.push({result, why, need});
      else if (why === 'age' || books.canGain(result))
        doomed.push({result, why, freedBytes: books.giveUp(result.artifacts)});
    }
  }
  return {doomed, spared};
}

/** Artifacts that no record names and that were not stored just now. */
function unnamedBlobs(
  inventory: Inventory,
  books: ReferenceCounts,
  nowMs: number,
): readonly StoredBlob[] {
  return [...inventory.blobs.values()].filter(
    ({digest, changedMs}) =>
      !books.isNamed(digest) && !books.isFixed(digest) && nowMs - changedMs > graceMs,
  );
}
