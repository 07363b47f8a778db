import {copyFile, mkdir} from 'node:fs/promises';
import path from 'node:path';
import {isErrno} from '../../base/errno.ts';
import {linkExclusive} from '../durable.ts';
import {blobPath, fingerprintPath, recordPath, type Store} from '../layout.ts';
import type {StageRecord} from '../records/record.ts';

/** Puts a result into another store on the same file system: its bytes get a second name and are not copied. */
export async function lendResult(from: Store, record: StageRecord, to: Store): Promise<void> {
  for (const {artifacts} of Object.values(record.outputs)) {
    for (const {digest} of artifacts) {
      await linkExclusive(blobPath(from, digest), blobPath(to, digest));
    }
  }
  const {key, type} = record;
  await copy(fingerprintPath(from, type, key), fingerprintPath(to, type, key));
  await copy(recordPath(from, key), recordPath(to, key));
}

async function copy(from: string, to: string): Promise<void> {
  await mkdir(path.dirname(to), {recursive: true});
  try {
    await copyFile(from, to);
  } catch (error) {
    // Without a fingerprint a result counts all the same.
    if (!isErrno(error, 'ENOENT')) throw error;
  }
}
