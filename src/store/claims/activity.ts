import {statSync} from 'node:fs';
import path from 'node:path';
import type {Digest} from '../../base/digest.ts';
import {namesIn} from '../../base/folder-entries.ts';
import {leaseRoot, workFolder, workRoot, type Store} from '../layout.ts';
import {findLease} from './lease.ts';
import {hasHeartbeat} from './members.ts';
import {isForeign, isRunning, type ProcessIdentity} from './process-identity.ts';
import type {Key} from '../records/record.ts';
import {findOwner} from './work.ts';

/** The keys that are being computed now, and the artifacts they are computed from, each with its attempt. */
export interface Activity {
  readonly keys: ReadonlyMap<Key, string>;
  readonly digests: ReadonlyMap<Digest, string>;
}

/** Time without a change after which a file of a foreign process that has no heartbeat is abandoned: thirty days. */
export const abandonedMs = 30 * 24 * 3_600_000;

/** Finds the attempts that are running on a store. */
export async function findActivity(store: Store): Promise<Activity> {
  const keys = new Map<Key, string>();
  const digests = new Map<Digest, string>();
  for (const name of namesIn(leaseRoot(store))) {
    const key = path.basename(name, '.json') as Key;
    const lease = findLease(store, key);
    if (lease !== undefined) keys.set(key, lease.attempt);
  }
  for (const attempt of namesIn(workRoot(store))) {
    const owner = await findOwner(store, attempt);
    if (owner === undefined || !mayBeAlive(store, owner, workFolder(store, attempt))) continue;
    keys.set(owner.key, attempt);
    for (const digest of owner.inputs) digests.set(digest, attempt);
  }
  return {keys, digests};
}

/**
 * Whether a process may still be at work on a file or folder of its own. A foreign one may as long as its member has a
 * heartbeat, even a silent one, since a machine that sleeps goes on when it wakes. Without a member it may until the
 * file has not changed for thirty days.
 */
export function mayBeAlive(store: Store, process: ProcessIdentity, file: string): boolean {
  if (!isForeign(process)) return isRunning(process);
  if (process.member !== undefined) return hasHeartbeat(store, process.member);
  const found = statSync(file, {throwIfNoEntry: false});
  return found !== undefined && Date.now() - found.mtimeMs <= abandonedMs;
}
