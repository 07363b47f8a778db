import {randomBytes} from 'node:crypto';
import {statSync} from 'node:fs';
import {mkdir, rename, rm, unlink} from 'node:fs/promises';
import path from 'node:path';
import type {Digest} from '../../base/digest.ts';
import {isErrno} from '../../base/errno.ts';
import {linkExclusive, removeTree, syncFolder} from '../durable.ts';
import type {DoomedBlob, GcPlan, Needs} from './gc-plan.ts';
import {readResults, type Inventory, type StoredFile, type StoredResult} from './inventory.ts';
import {blobPath, indexPath, recordPath, temporaryFolder, type Store} from '../layout.ts';
import {isPinned} from './pin.ts';
import {removeRun} from './remove-run.ts';

/** The moments of a clean-up at which tests run other processes, or end it. */
export const gcSteps = [
  'start',
  'runs-removed',
  'record-aside',
  'records-aside',
  'record-removed',
  'records-removed',
  'blob-aside',
  'blobs-aside',
  'blob-removed',
  'blobs-removed',
  'end',
] as const;

export type GcStep = (typeof gcSteps)[number];

/** The removed results, artifacts and bytes. */
export interface GcDone {
  readonly results: number;
  readonly blobs: number;
  readonly bytes: number;
  /** Results and artifacts that were used meanwhile, and stayed. */
  readonly spared: number;
}

/**
 * Carries out a plan. Records are removed before their artifacts, so that a crash at any moment leaves no record
 * without them. Everything is moved aside first, looked at again, and put back if it was used meanwhile. Another
 * process may look for it while it is aside, and make it again; nothing worse can happen.
 *
 * @param findNeeds called again before each kind of thing is removed
 */
export async function collectGarbage(
  store: Store,
  given: {
    readonly inventory: Inventory;
    readonly plan: GcPlan;
    readonly findNeeds: () => Promise<Needs>;
    readonly onStep?: (step: GcStep) => void | Promise<void>;
  },
): Promise<GcDone> {
  const {inventory, plan, findNeeds, onStep = () => undefined} = given;
  const aside = path.join(temporaryFolder(store), `gc-${randomBytes(8).toString('hex')}`);
  await mkdir(aside, {recursive: true});
  const sweep: Sweep = {store, aside, findNeeds, onStep};
  await onStep('start');
  await removeRuns(sweep, plan.runs);
  await onStep('runs-removed');
  const results = await removeRecords(sweep, plan);
  await onStep('records-removed');
  const blobs = await removeBlobs(sweep, plan.blobs, inventory.results);
  await onStep('blobs-removed');
  await removeFiles(sweep, plan);
  await removeTree(aside);
  await onStep('end');
  return {
    results: results.removed,
    blobs: blobs.removed,
    bytes: blobs.bytes,
    spared: results.spared + blobs.spared,
  };
}

interface Sweep {
  readonly store: Store;
  /** The folder for things that are about to be removed. */
  readonly aside: string;
  readonly findNeeds: () => Promise<Needs>;
  readonly onStep: (step: GcStep) => void | Promise<void>;
}

async function removeRuns({store, findNeeds}: Sweep, runs: GcPlan['runs']): Promise<void> {
  const needs = await findNeeds();
  for (const {run} of runs) {
    if (!needs.runs.has(run) && !isPinned(store, run)) await removeRun(store, run);
  }
}

interface Removed {
  readonly removed: number;
  readonly spared: number;
}

async function removeRecords(sweep: Sweep, {results}: GcPlan): Promise<Removed> {
  const {store, aside, onStep} = sweep;
  const asideOf = ({key}: StoredResult): string => path.join(aside, `${key}.json`);
  const before = await sweep.findNeeds();
  const moved: StoredResult[] = [];
  for (const {result} of results) {
    if (isNeeded(result, before)) continue;
    if (await hasMoved(recordPath(store, result.key), asideOf(result))) moved.push(result);
    await onStep('record-aside');
  }
  await onStep('records-aside');
  const now = await sweep.findNeeds();
  let removed = 0;
  for (const result of moved) {
    const file = asideOf(result);
    const used = statSync(file).mtimeMs !== result.usedMs;
    if (used || isNeeded(result, now)) await linkExclusive(file, recordPath(store, result.key));
    else removed++;
    await unlink(file);
    await onStep('record-removed');
  }
  // The removal of a record must reach the disk before the removal of its artifacts.
  for (const folder of new Set(moved.map(({key}) => path.dirname(recordPath(store, key))))) {
    await syncFolder(folder);
  }
  for (const start of new Set(moved.map(({key}) => key.slice(0, 2)))) {
    await rm(indexPath(store, start), {force: true});
  }
  return {removed, spared: results.length - removed};
}

function isNeeded({key, artifacts}: StoredResult, needs: Needs): boolean {
  return needs.keys.has(key) || artifacts.some(({digest}) => needs.digests.has(digest));
}

async function removeBlobs(
  sweep: Sweep,
  blobs: readonly DoomedBlob[],
  known: readonly StoredResult[],
): Promise<Removed & {readonly bytes: number}> {
  const {store, aside, onStep} = sweep;
  const asideOf = ({blob}: DoomedBlob): string => path.join(aside, blob.digest);
  const before = await digestsInUse(sweep, known);
  const moved: DoomedBlob[] = [];
  for (const doomed of blobs) {
    const file = blobPath(store, doomed.blob.digest);
    if (before.has(doomed.blob.digest) || hasOtherNames(file, store, doomed)) continue;
    if (await hasMoved(file, asideOf(doomed))) moved.push(doomed);
    await onStep('blob-aside');
  }
  await onStep('blobs-aside');
  const now = await digestsInUse(sweep, known);
  let [removed, bytes] = [0, 0];
  for (const doomed of moved) {
    const {digest, sizeBytes} = doomed.blob;
    const file = asideOf(doomed);
    if (now.has(digest) || hasOtherNames(file, store, doomed)) {
      await linkExclusive(file, blobPath(store, digest));
    } else {
      for (const link of doomed.links) await rm(path.join(store.root, link), {force: true});
      removed++;
      bytes += sizeBytes;
    }
    await unlink(file);
    await onStep('blob-removed');
  }
  return {removed, bytes, spared: blobs.length - removed};
}

/** Artifacts that a record names or an attempt uses. New records count too. */
async function digestsInUse(
  {store, findNeeds}: Sweep,
  known: readonly StoredResult[],
): Promise<ReadonlySet<Digest>> {
  const needs = await findNeeds();
  const digests = new Set(needs.digests.keys());
  const results = readResults(store, new Map(known.map((result) => [result.key, result])));
  for (const {artifacts} of results) {
    for (const {digest} of artifacts) digests.add(digest);
  }
  return digests;
}

/**
 * Whether an artifact's bytes have a name that will not be removed with it; an attempt that publishes them gives them
 * one.
 */
function hasOtherNames(file: string, store: Store, {blob, links}: DoomedBlob): boolean {
  const found = statSync(file, {throwIfNoEntry: false});
  if (found === undefined) return false;
  const going = links.filter(
    (link) => statSync(path.join(store.root, link), {throwIfNoEntry: false})?.ino === blob.inode,
  );
  return found.nlink > 1 + going.length;
}

async function removeFiles({store, aside, findNeeds}: Sweep, plan: GcPlan): Promise<void> {
  const needs = await findNeeds();
  const needed = new Set<string>(needs.keys.keys());
  const stored = new Set<string>(readResults(store).map(({key}) => key));
  const files: readonly StoredFile[] = [
    ...plan.fingerprints.filter(({name}) => !stored.has(name) && !needed.has(name)),
    ...plan.checkpoints.filter(({name}) => !needed.has(name)),
    ...plan.quarantined,
  ];
  for (const [index, file] of files.entries()) {
    const moved = path.join(aside, String(index));
    if (await hasMoved(path.join(store.root, file.path), moved)) {
      await removeTree(moved);
    }
  }
}

async function hasMoved(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return false;
    throw error;
  }
}
