import path from 'node:path';
import type {Digest} from '../base/digest.ts';
import {fileNameOf} from '../base/file-name.ts';
import type {Key} from './records/record.ts';

/** A store. Functions below give the paths in it; `artifacts/README.md` draws the layout. */
export interface Store {
  /** Absolute path. */
  readonly root: string;
}

/** The number in `store.json`. A store with a higher one was written by a newer program and is refused. */
export const storeFormat = 1;

export function storeFilePath(store: Store): string {
  return path.join(store.root, 'store.json');
}

/** The folder of artifacts, with a subfolder for each pair of first digits of a digest. */
export function blobRoot(store: Store): string {
  return `${store.root}${path.sep}cas`;
}

export function blobPath(store: Store, digest: Digest): string {
  // Not `path.join`, which takes longer than the file access itself.
  return `${blobRoot(store)}${path.sep}${digest.slice(0, 2)}${path.sep}${digest}`;
}

/** The folder of records, with a subfolder for each pair of first digits of a key. */
export function recordRoot(store: Store): string {
  return `${store.root}${path.sep}records`;
}

export function recordPath(store: Store, key: Key): string {
  return `${recordRoot(store)}${path.sep}${key.slice(0, 2)}${path.sep}${key}.json`;
}

/** The folder of records that were found in a remote cache, and whose bytes may not be here. */
export function elsewhereRoot(store: Store): string {
  return path.join(store.root, 'elsewhere');
}

export function elsewherePath(store: Store, key: Key): string {
  return path.join(elsewhereRoot(store), `${key}.json`);
}

/** The folder of fingerprints, with a subfolder for each stage type. */
export function fingerprintRoot(store: Store): string {
  return path.join(store.root, 'fingerprints');
}

/** The file of copies of the records whose keys begin with these two digits. */
export function indexPath(store: Store, start: string): string {
  return path.join(store.root, 'index', `${start}.txt`);
}

/** The fingerprints of one stage type, for comparison with a changed instance. */
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

/** The folder of files that attempts at a key keep for later ones, beside its checkpoints. */
export function keptFolder(store: Store, key: Key): string {
  return path.join(checkpointFolder(store, key), 'kept');
}

/** The folder of attempts. */
export function workRoot(store: Store): string {
  return path.join(store.root, 'work');
}

export function workFolder(store: Store, attempt: string): string {
  return path.join(workRoot(store), attempt);
}

/** The folder of files that are not complete. */
export function temporaryFolder(store: Store): string {
  return path.join(store.root, 'tmp');
}

export function leaseRoot(store: Store): string {
  return path.join(store.root, 'leases');
}

export function leasePath(store: Store, key: Key): string {
  return path.join(leaseRoot(store), `${key}.json`);
}

/** The folder of heartbeats. */
export function memberRoot(store: Store): string {
  return path.join(store.root, 'members');
}

export function memberPath(store: Store, member: string): string {
  return path.join(memberRoot(store), `${member}.json`);
}

export function quarantineFolder(store: Store): string {
  return path.join(store.root, 'quarantine');
}

/** The folder of runs. */
export function runRoot(store: Store): string {
  return path.join(store.root, 'runs');
}

export function runFolder(store: Store, run: string): string {
  return path.join(runRoot(store), run);
}

/** The pages that are written into the folder of a run: of the run, and of it beside others. */
export const reportFiles = ['report.html', 'comparison.html'] as const;

/** The journal of a run; of one on a cluster, that of the process that shows it. */
export function journalPath(store: Store, run: string): string {
  return path.join(runFolder(store, run), 'events.jsonl');
}

/** The folder of what a later run needs to repeat a run; the files in it. */
export function repeatFolder(store: Store, run: string): string {
  return path.join(runFolder(store, run), 'repeat');
}

/** The request of a run on a cluster: what its members compute. */
export function requestPath(store: Store, run: string): string {
  return path.join(runFolder(store, run), 'request.json');
}

/** The folders of a run's members. */
export function runMembersFolder(store: Store, run: string): string {
  return path.join(runFolder(store, run), 'members');
}

/** The folder of one member of a run: its journal, its logs. */
export function runMemberFolder(store: Store, run: string, member: string): string {
  return path.join(runMembersFolder(store, run), member);
}

/** The journal of one member of a run. */
export function memberJournalPath(store: Store, run: string, member: string): string {
  return path.join(runMemberFolder(store, run, member), 'events.jsonl');
}

/** The folder of notes about failed attempts, which the members of a run share. */
export function failureFolder(store: Store, run: string): string {
  return path.join(runFolder(store, run), 'failed');
}

/** The note about the n-th failed attempt of a run at a key, counted from 1. */
export function failurePath(store: Store, run: string, key: Key, number: number): string {
  return path.join(failureFolder(store, run), `${key}.${number}.json`);
}

/** The note that a run has made the result of a key anew, as it was forced to. */
export function forcedPath(store: Store, run: string, key: Key): string {
  return path.join(runFolder(store, run), 'forced', `${key}.json`);
}

/** The note of the member that has a name in a run. */
export function memberNamePath(store: Store, run: string, name: string): string {
  return path.join(runFolder(store, run), 'names', `${fileNameOf(name)}.json`);
}

/** The note that asks the members of a run to save checkpoints and leave. */
export function stopPath(store: Store, run: string): string {
  return path.join(runFolder(store, run), 'stop');
}

/** The note which member of a run on a cluster tells what it finds stored. */
export function tellerPath(store: Store, run: string): string {
  return path.join(runFolder(store, run), 'teller');
}

/** The note of the process that writes the end of a run, and places its results. */
export function closedPath(store: Store, run: string): string {
  return path.join(runFolder(store, run), 'closed');
}

/** The results of a run, under readable names. */
export function resultsFolder(store: Store, run: string): string {
  return path.join(runFolder(store, run), 'results');
}

/** The file that lists the artifact of each result. */
export function resultsListPath(store: Store, run: string): string {
  return path.join(runFolder(store, run), 'results.json');
}
