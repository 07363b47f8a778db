import path from 'node:path';
import type {Digest} from '../base/digest.ts';
import type {Key} from './records/record.ts';

/** Where everything lies below a store root. `artifacts/README.md` draws it. */
export interface Store {
  /** Absolute path. */
  readonly root: string;
}

/** The number in `store.json`. A store with a higher one was written by a newer program and is refused. */
export const storeFormat = 1;

export function storeFilePath(store: Store): string {
  return path.join(store.root, 'store.json');
}

/** Where artifacts are, in folders of the first two digits of their digest. */
export function blobRoot(store: Store): string {
  return `${store.root}${path.sep}cas`;
}

export function blobPath(store: Store, digest: Digest): string {
  // Not `path.join`, which would take longer than asking for the file.
  return `${blobRoot(store)}${path.sep}${digest.slice(0, 2)}${path.sep}${digest}`;
}

/** Where records are, in folders of the first two digits of their key. */
export function recordRoot(store: Store): string {
  return `${store.root}${path.sep}records`;
}

export function recordPath(store: Store, key: Key): string {
  return `${recordRoot(store)}${path.sep}${key.slice(0, 2)}${path.sep}${key}.json`;
}

/** Where each stage type has a folder of fingerprints. */
export function fingerprintRoot(store: Store): string {
  return path.join(store.root, 'fingerprints');
}

/** Copies of the records whose keys begin with two digits. */
export function indexPath(store: Store, start: string): string {
  return path.join(store.root, 'index', `${start}.txt`);
}

/** The fingerprints of one stage type: those that a changed instance is compared with. */
export function fingerprintFolder(store: Store, type: string): string {
  return path.join(fingerprintRoot(store), type);
}

export function fingerprintPath(store: Store, type: string, key: Key): string {
  return path.join(fingerprintFolder(store, type), `${key}.json`);
}

export function checkpointRoot(store: Store): string {
  return path.join(store.root, 'checkpoints');
}

export function checkpointFolder(store: Store, key: Key): string {
  return path.join(checkpointRoot(store), key);
}

/** What attempts at a key leave for the next one, beside its checkpoints. */
export function keptFolder(store: Store, key: Key): string {
  return path.join(checkpointFolder(store, key), 'kept');
}

/** Where attempts have their folders. */
export function workRoot(store: Store): string {
  return path.join(store.root, 'work');
}

export function workFolder(store: Store, attempt: string): string {
  return path.join(workRoot(store), attempt);
}

/** Where files are until they are whole. */
export function temporaryFolder(store: Store): string {
  return path.join(store.root, 'tmp');
}

export function leaseRoot(store: Store): string {
  return path.join(store.root, 'leases');
}

export function leasePath(store: Store, key: Key): string {
  return path.join(leaseRoot(store), `${key}.json`);
}

export function quarantineFolder(store: Store): string {
  return path.join(store.root, 'quarantine');
}

/** Where runs have their folders. */
export function runRoot(store: Store): string {
  return path.join(store.root, 'runs');
}

export function runFolder(store: Store, run: string): string {
  return path.join(runRoot(store), run);
}

/** Where the results of a run are, under names for people. */
export function resultsFolder(store: Store, run: string): string {
  return path.join(runFolder(store, run), 'results');
}

/** Says which artifact each of them is. */
export function resultsListPath(store: Store, run: string): string {
  return path.join(runFolder(store, run), 'results.json');
}
