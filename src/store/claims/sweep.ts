import {rm, stat} from 'node:fs/promises';
import path from 'node:path';
import {isErrno} from '../../base/errno.ts';
import {namesIn} from '../../base/folder-entries.ts';
import {abandonedMs, findActivity} from './activity.ts';
import {latestCheckpoint, removeCheckpoints} from '../checkpoints.ts';
import {findRecord} from '../records/find-record.ts';
import {
  checkpointRoot,
  leaseRoot,
  temporaryFolder,
  workFolder,
  workRoot,
  type Store,
} from '../layout.ts';
import {findLease, removeDeadLease} from './lease.ts';
import {isAlive, isForeign} from './process-identity.ts';
import type {Key} from '../records/record.ts';
import {endAttempt, findOwner, removeWork} from './work.ts';

/** Age after which an unfinished file counts as abandoned; no write takes this long. */
const writingMs = 3_600_000;

/**
 * Removes what killed processes left behind: processes that they started, their folders, their leases, checkpoints of
 * finished results and, if nothing is being computed, unfinished files.
 */
export async function sweepStore(store: Store): Promise<void> {
  for (const attempt of namesIn(workRoot(store))) {
    const owner = await findOwner(store, attempt);
    // Only their silence shows that processes of another machine have ended.
    if (owner === undefined || isForeign(owner))
      await removeIfOld(workFolder(store, attempt), abandonedMs);
    else if (!isAlive(owner)) {
      await endAttempt(store, attempt);
      await removeWork(store, attempt);
    }
  }
  for (const name of namesIn(leaseRoot(store))) {
    if (name.endsWith('.json')) await removeDeadLease(store, path.basename(name, '.json') as Key);
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
  // Ages depend on clocks, which jump: while something is computed, its files may only seem old.
  if ((await findActivity(store)).keys.size > 0) return;
  for (const name of namesIn(temporaryFolder(store))) {
    await removeIfOld(path.join(temporaryFolder(store), name), writingMs);
  }
}

/** Removes a file by age: the owner of an unfinished file is not known. */
async function removeIfOld(file: string, ageMs: number): Promise<void> {
  try {
    const {mtimeMs} = await stat(file);
    if (Date.now() - mtimeMs > ageMs) await rm(file, {recursive: true, force: true});
  } catch (error) {
    // It has been finished.
    if (!isErrno(error, 'ENOENT')) throw error;
  }
}
