import {rm, stat, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {isErrno, isSystemError} from '../../base/errno.ts';
import {namesIn} from '../../base/folder-entries.ts';
import {abandonedMs, findActivity, mayBeAlive} from './activity.ts';
import {latestCheckpoint, removeCheckpoints} from '../checkpoints.ts';
import {removeTree, temporaryPath} from '../durable.ts';
import {findRecord} from '../records/find-record.ts';
import {
  checkpointRoot,
  elsewhereRoot,
  leaseRoot,
  memberRoot,
  temporaryFolder,
  workFolder,
  workRoot,
  type Store,
} from '../layout.ts';
import {findLease, sweepLease} from './lease.ts';
import {isForeign} from './process-identity.ts';
import type {Key} from '../records/record.ts';
import {endAttempt, findOwner, removeWork} from './work.ts';

/** Age after which an unfinished file counts as abandoned; no write takes this long. */
const writingMs = 3_600_000;

/**
 * Silence after which a heartbeat is removed, and with it all that its member left behind: a week. Until then a machine
 * that sleeps may wake.
 */
const silentMs = 7 * 24 * 3_600_000;

/**
 * Removes what killed processes left behind: processes that they started, their folders, their leases, checkpoints of
 * finished results and, if nothing is being computed, unfinished files.
 */
export async function sweepStore(store: Store): Promise<void> {
  // Most often nothing was left: then nobody asks for the time, which takes longer than all else.
  let time: Promise<number> | undefined;
  const nowMs = (): Promise<number> => (time ??= timeOf(store));
  for (const name of namesIn(memberRoot(store))) {
    await removeIfOld(path.join(memberRoot(store), name), (await nowMs()) - silentMs);
  }
  for (const attempt of namesIn(workRoot(store))) {
    await sweepWork(store, attempt, await nowMs());
  }
  for (const name of namesIn(leaseRoot(store))) {
    if (!name.endsWith('.json')) continue;
    await sweepLease(store, path.basename(name, '.json') as Key, await nowMs());
  }
  for (const name of namesIn(checkpointRoot(store))) {
    const key = name as Key;
    const found = findRecord(store, key);
    // An attempt that is to replace the result saves checkpoints of its own.
    if (found.kind !== 'hit' || findLease(store, key) !== undefined) continue;
    // Newer checkpoints belong to such an attempt; if none of them is whole, there is none.
    const newer = await latestCheckpoint(store, key, Date.parse(found.record.finishedAt));
    if (newer === undefined) await removeCheckpoints(store, key);
  }
  for (const name of namesIn(elsewhereRoot(store))) {
    await removeIfOld(path.join(elsewhereRoot(store), name), abandonedMs);
  }
  // Ages depend on clocks, which jump: while something is computed, its files may only seem old.
  if ((await findActivity(store)).keys.size > 0) return;
  for (const name of namesIn(temporaryFolder(store))) {
    await removeIfOld(path.join(temporaryFolder(store), name), (await nowMs()) - writingMs);
  }
}

/**
 * The time by the clock that dates the store's files, in milliseconds since the epoch: ages depend on no clock of this
 * machine, which may be wrong.
 */
async function timeOf(store: Store): Promise<number> {
  try {
    const file = await temporaryPath(store);
    await writeFile(file, '', {flag: 'wx'});
    const {mtimeMs} = await stat(file);
    await rm(file);
    return mtimeMs;
  } catch (error) {
    // A full disk must not keep a clean-up from making room.
    if (isSystemError(error)) return Date.now();
    throw error;
  }
}

async function sweepWork(store: Store, attempt: string, nowMs: number): Promise<void> {
  const folder = workFolder(store, attempt);
  const owner = await findOwner(store, attempt);
  if (owner === undefined) await removeIfOld(folder, nowMs - abandonedMs);
  else if (!mayBeAlive(store, owner, folder)) {
    // What a foreign process has started cannot be ended from here.
    if (!isForeign(owner)) await endAttempt(store, attempt);
    await removeWork(store, attempt);
  }
}

/** Removes a file that has not changed since a time: the owner of an unfinished file is not known. */
async function removeIfOld(file: string, sinceMs: number): Promise<void> {
  try {
    const {mtimeMs} = await stat(file);
    if (mtimeMs < sinceMs) await removeTree(file);
  } catch (error) {
    // It has been finished.
    if (!isErrno(error, 'ENOENT', 'ESTALE')) throw error;
  }
}
