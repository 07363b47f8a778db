import {closeSync, openSync, readSync, statSync} from 'node:fs';
import {createHash} from 'node:crypto';
import {isErrno} from '../../base/errno.ts';
import {readFlags, readText} from '../../base/read-text.ts';
import {blobPath, recordPath, type Store} from '../layout.ts';
import {parseRecord} from './parse-record.ts';
import {hasOutputs, type Artifact, type Key, type OutputForms, type StageRecord} from './record.ts';
import {stampMs} from '../artifacts/stamp.ts';

/** The state of a key in the store. Only a `hit` can be used; the others are repaired when the instance runs again. */
export type Lookup =
  | {
      readonly kind: 'hit';
      readonly record: StageRecord;
      /** Its bytes may not be in this store, and have to be brought when they are needed. */
      readonly isElsewhere?: true;
    }
  | {readonly kind: 'none'}
  | {readonly kind: 'record-corrupt'}
  /** The record exists, but the bytes of one of its artifacts are gone or have changed. */
  | {
      readonly kind: 'artifact-missing' | 'artifact-damaged';
      readonly record: StageRecord;
      readonly output: string;
      readonly artifact: Artifact;
    };

/**
 * Looks a key up: its record, and whether each of its artifacts is unchanged. Writes nothing.
 * @param outputs the outputs that a record of the key must have; a record without them is corrupt
 */
export function findRecord(store: Store, key: Key, outputs?: OutputForms): Lookup {
  const record = readRecord(store, key);
  if (typeof record === 'string') return {kind: record};
  return hasOutputs(record, outputs) ? checkArtifacts(store, record) : {kind: 'record-corrupt'};
}

/** Reads a record, without looking at its artifacts. */
export function readRecord(store: Store, key: Key): StageRecord | 'none' | 'record-corrupt' {
  try {
    const text = readText(recordPath(store, key));
    return parseRecord(text, key) ?? 'record-corrupt';
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return 'none';
    throw error;
  }
}

/** @param onTouched called for an artifact whose modification time has changed although its bytes are right */
export function checkArtifacts(
  store: Store,
  record: StageRecord,
  onTouched?: (file: string) => void,
): Lookup {
  for (const output in record.outputs) {
    for (const artifact of record.outputs[output]!.artifacts) {
      const file = blobPath(store, artifact.digest);
      const state = stateOf(file, artifact);
      if (state === 'touched') onTouched?.(file);
      else if (state !== 'untouched') {
        return {kind: `artifact-${state}`, record, output, artifact};
      }
    }
  }
  return {kind: 'hit', record};
}

/** Only an artifact that may have been written to is read, since planning many instances must be quick. */
function stateOf(
  file: string,
  {digest, sizeBytes}: Artifact,
): 'untouched' | 'touched' | 'missing' | 'damaged' {
  const found = statSync(file, {throwIfNoEntry: false});
  if (found === undefined) return 'missing';
  if (found.size !== sizeBytes) return 'damaged';
  if (found.mtimeMs === stampMs) return 'untouched';
  return digestOfFile(file) === digest ? 'touched' : 'damaged';
}

/** As `digestFile`, but synchronous. */
function digestOfFile(file: string): string {
  const sha256 = createHash('sha256');
  const buffer = Buffer.allocUnsafe(1 << 20);
  const descriptor = openSync(file, readFlags);
  try {
    for (;;) {
      const bytes = readSync(descriptor, buffer);
      if (bytes === 0) return sha256.digest('hex');
      sha256.update(buffer.subarray(0, bytes));
    }
  } finally {
    closeSync(descriptor);
  }
}
