import assert from 'node:assert/strict';
import {readdir, readFile} from 'node:fs/promises';
import path from 'node:path';
import {digestFile} from '../../../src/base/digest.ts';
import {findRecord} from '../../../src/store/records/find-record.ts';
import {parseFingerprint} from '../../../src/store/records/fingerprint.ts';
import {fingerprintPath, type Store} from '../../../src/store/layout.ts';
import {findLease} from '../../../src/store/claims/lease.ts';
import type {Key} from '../../../src/store/records/record.ts';

/**
 * Checks the invariants of a store, which hold at every moment, whatever was killed: rejects if one does not. Gives the
 * keys of results.
 */
export async function storeInvariants(store: Store): Promise<readonly Key[]> {
  for (const file of await filesBelow(path.join(store.root, 'cas'))) {
    assert.equal(await digestFile(file), path.basename(file), 'an artifact is named by its digest');
  }
  const keys: Key[] = [];
  for (const file of await filesBelow(path.join(store.root, 'records'))) {
    const key = path.basename(file, '.json') as Key;
    const found = findRecord(store, key);
    assert.equal(found.kind, 'hit', `the record ${key} has all its artifacts`);
    if (found.kind !== 'hit') continue;
    const preimage = await readFile(fingerprintPath(store, found.record.type, key), 'utf8');
    assert.ok(
      parseFingerprint(preimage, key) !== undefined,
      `${key} is the digest of its fingerprint`,
    );
    keys.push(key);
  }
  for (const file of await filesBelow(path.join(store.root, 'leases'))) {
    const lease = findLease(store, path.basename(file, '.json') as Key);
    if (lease === undefined) continue;
    assert.doesNotThrow(
      () => process.kill(lease.pid, 0),
      'a lease that counts is that of a living process',
    );
  }
  return keys.sort();
}

/** The paths of all files below a folder; empty if it does not exist. */
export async function filesBelow(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, {recursive: true, withFileTypes: true}).catch(() => []);
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort();
}
