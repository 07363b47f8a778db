import {copyFile, mkdir} from 'node:fs/promises';
import path from 'node:path';
import {isErrno} from '../../base/errno.ts';
import {linkExclusive} from '../durable.ts';
import {blobPath, fingerprintPath, recordPath, type Store} from '../layout.ts';
import type {StageRecord} from '../records/record.ts';

/** Adds a result to another store on the same file system by hard links; its bytes are not copied. */
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
    // A result without a fingerprint counts all the same.
    if (!isErrno(error, 'ENOENT')) throw error;
  }
}
