import {readFileSync, statSync} from 'node:fs';
import {digestOf} from '../base/digest.ts';
import {isErrno} from '../base/errno.ts';
import type {MediaName} from '../contract/media.ts';
import {blobPath, recordPath, type Store} from './layout.ts';
import {parseRecord} from './parse-record.ts';
import type {Artifact, Key, StageRecord} from './record.ts';

/** What the store holds under a key. Only `hit` is of use; everything else heals when the instance runs again. */
export type Lookup =
  | {readonly kind: 'hit'; readonly record: StageRecord}
  | {readonly kind: 'none'}
  | {readonly kind: 'record-corrupt'}
  /** The record is there, but the bytes of one of its artifacts are gone, or are not what they were. */
  | {
      readonly kind: 'artifact-missing' | 'artifact-damaged';
      readonly record: StageRecord;
      readonly output: string;
      readonly artifact: Artifact;
    };

/**
 * Looks a key up: the record, and that each of its artifacts is there in its size. Only small ones that people read
 * (tables, also as text, and pictures) are read in full: nobody checks them later, whereas a stage checks all that it takes in.
 */
export function findRecord(store: Store, key: Key): Lookup {
  const text = readIfThere(recordPath(store, key));
  if (text === undefined) return {kind: 'none'};
  const record = parseRecord(text, key);
  if (record === undefined) return {kind: 'record-corrupt'};
  for (const [output, {media, artifacts}] of Object.entries(record.outputs)) {
    for (const artifact of artifacts) {
      if (!isStored(store, artifact)) return {kind: 'artifact-missing', record, output, artifact};
      if (
        readByPeople.has(media) &&
        artifact.sizeBytes <= checkedBytes &&
        !isWhole(store, artifact)
      ) {
        return {kind: 'artifact-damaged', record, output, artifact};
      }
    }
  }
  return {kind: 'hit', record};
}

const readByPeople: ReadonlySet<MediaName> = new Set([
  'image',
  'markdown',
  'csv',
  'latex',
  'table',
]);

/** Takes about a millisecond to read and digest. */
const checkedBytes = 1 << 20;

function isWhole(store: Store, {digest}: Artifact): boolean {
  return digestOf(readFileSync(blobPath(store, digest))) === digest;
}

/** Whether an artifact's bytes are there, going by their size. */
export function isStored(store: Store, artifact: Artifact): boolean {
  const found = statSync(blobPath(store, artifact.digest), {throwIfNoEntry: false});
  return found?.size === artifact.sizeBytes;
}

/** The text of a file, or `undefined` if there is none. */
function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined;
    throw error;
  }
}
