import {readdir} from 'node:fs/promises';
import path from 'node:path';
import {isErrno} from '../base/errno.ts';
import {removeCheckpoints} from './checkpoints.ts';
import {findRecord} from './find-record.ts';
import {checkpointRoot, leaseRoot, workRoot, type Store} from './layout.ts';
import {removeDeadLease} from './lease.ts';
import {isAlive} from './process-identity.ts';
import type {Key} from './record.ts';
import {findOwner, removeWork} from './work.ts';

/** Removes what processes left behind that were killed: their folders, their leases, and checkpoints of results. */
export async function sweepStore(store: Store): Promise<void> {
  for (const attempt of await namesIn(workRoot(store))) {
    const owner = await findOwner(store, attempt);
    if (owner !== undefined && !isAlive(owner)) await removeWork(store, attempt);
  }
  for (const name of await namesIn(leaseRoot(store))) {
    if (name.endsWith('.json')) await removeDeadLease(store, path.basename(name, '.json') as Key);
  }
  for (const name of await namesIn(checkpointRoot(store))) {
    const key = name as Key;
    if (findRecord(store, key).kind === 'hit') await removeCheckpoints(store, key);
  }
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return [];
    throw error;
  }
}
