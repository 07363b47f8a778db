import type {Digest} from '../../base/digest.ts';
import type {Inventory, StoredBlob, StoredFile, StoredResult, StoredRun} from './inventory.ts';
import {bytesOf, ReferenceCounts} from './reference-counts.ts';
import type {Key} from '../records/record.ts';

/** What keeps something from being removed, whatever its age. */
export type Need =
  | {readonly kind: 'pinned' | 'live'; readonly run: string}
  /** It is being computed, or is an input of what is. */
  | {readonly kind: 'computing'; readonly attempt: string};

/** All that may not be removed now. */
export interface Needs {
  readonly runs: ReadonlyMap<string, Need>;
  readonly keys: ReadonlyMap<Key, Need>;
  readonly digests: ReadonlyMap<Digest, Need>;
}

export interface Bounds {
  readonly nowMs: number;
  /** What was not used for longer goes. */
  readonly maxAgeMs: number;
  /** Least recently used results go until the artifacts take no more. */
  readonly maxBytes: number;
  /** Whether old runs go although their folders have results or a report. */
  readonly withResults: boolean;
}

/** What was not used for longer goes, unless `gc` is told otherwise: thirty days. */
export const defaultMaxAgeMs = 30 * 24 * 3_600_000;

/** So many bytes of artifacts are kept, unless `gc` is told otherwise: 100 GB. */
export const defaultMaxBytes = 100e9;

/** An artifact that no record names is left alone for so long: its record may be on the way. */
export const graceMs = 3_600_000;

export interface DoomedResult {
  readonly result: StoredResult;
  readonly why: 'age' | 'size';
  /** Bytes of artifacts that no other result needs then. */
  readonly freedBytes: number;
}

/** What to remove, in this order, and what stays although it is old or there is too much. */
export interface GcPlan {
  readonly runs: readonly StoredRun[];
  /** How many old runs stay for their results or reports alone. */
  readonly keptRuns: number;
  readonly results: readonly DoomedResult[];
  /** Artifacts that no kept record names. */
  readonly blobs: readonly DoomedBlob[];
  /** Of those, the ones that no record named before. */
  readonly unnamed: {readonly count: number; readonly bytes: number};
  readonly fingerprints: readonly StoredFile[];
  readonly checkpoints: readonly StoredFile[];
  readonly quarantined: readonly StoredFile[];
  /** Results that would have gone, were they not needed. */
  readonly spared: readonly {
    readonly result: StoredResult;
    readonly why: 'age' | 'size';
    readonly need: Need;
  }[];
  /** What is left: artifacts and their bytes, and results. */
  readonly kept: {readonly results: number; readonly bytes: number};
}

export interface DoomedBlob {
  readonly blob: StoredBlob;
  /** Names in the `results` folders of runs, which go with it: paths relative to the store. */
  readonly links: readonly string[];
}

/**
 * Decides what to remove. Kept results keep all their artifacts; no result and no run that is needed goes; what is
 * left has at most the bytes that are allowed, or nothing of it can go.
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

/** The results of runs share bytes with artifacts. Names of runs that may go, by inode. */
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

/** The artifacts that must stay: what is needed by name, and all of the results that are needed. */
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
  // What is too old goes before room is made.
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

/** Artifacts that no record names, and that nobody has just stored. */
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
