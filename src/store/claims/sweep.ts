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

/** Nothing is written for so long before it is whole. */
const writingMs = 3_600_000;

/**
 * Removes what processes left behind that were killed: the processes they started, their folders, their leases, checkpoints
 * of results, and, once nothing is computed any more, files that were never finished.
 */
export async function sweepStore(store: Store): Promise<void> {
  for (const attempt of namesIn(workRoot(store))) {
    const owner = await findOwner(store, attempt);
    // Of another machine's processes only their silence tells that they ended.
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
    // An attempt that is to replace the result saves its own.
    if (found.kind !== 'hit' || findLease(store, key) !== undefined) continue;
    // Newer ones are what such an attempt left: if nothing is whole of them, there is none.
    const newer = await latestCheckpoint(store, key, Date.parse(found.record.finishedAt));
    if (newer === undefined) await removeCheckpoints(store, key);
  }
  // Ages are told by clocks, which jump: what is written while something is computed may only seem old.
  if ((await findActivity(store)).keys.size > 0) return;
  for (const name of namesIn(temporaryFolder(store))) {
    await removeIfOld(path.join(temporaryFolder(store), name), writingMs);
  }
}

/** Whose an unfinished file is cannot be told, so only its age says that nobody writes it any more. */
async function removeIfOld(file: string, ageMs: number): Promise<void> {
  try {
    const {mtimeMs} = await stat(file);
    if (Date.now() - mtimeMs > ageMs) await rm(file, {recursive: true, force: true});
  } catch (error) {
    // It has been finished.
    if (!isErrno(error, 'ENOENT')) throw error;
  }
}
