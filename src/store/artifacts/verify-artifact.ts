import {randomBytes} from 'node:crypto';
import {rename} from 'node:fs/promises';
import path from 'node:path';
import {digestFile, type Digest} from '../../base/digest.ts';
import {isErrno} from '../../base/errno.ts';
import {makeFolder, syncFolder} from '../durable.ts';
import {blobPath, quarantineFolder, type Store} from '../layout.ts';

/** Whether an artifact's bytes match its digest. Reads all of them. */
export async function verifyArtifact(
  store: Store,
  digest: Digest,
): Promise<'whole' | 'missing' | 'damaged'> {
  try {
    return (await digestFile(blobPath(store, digest))) === digest ? 'whole' : 'damaged';
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return 'missing';
    if (isErrno(error, 'EIO', 'EISDIR', 'EINVAL')) return 'damaged';
    throw error;
  }
}

/** Sets a damaged artifact aside without losing its bytes. Gives their new path; absent if there were none. */
export function quarantineArtifact(store: Store, digest: Digest): Promise<string | undefined> {
  return quarantine(store, blobPath(store, digest));
}

/** Sets a damaged file or folder aside, as `quarantineArtifact` does. */
export async function quarantine(store: Store, file: string): Promise<string | undefined> {
  const folder = quarantineFolder(store);
  await makeFolder(folder);
  const target = path.join(folder, `${path.basename(file)}.${randomBytes(4).toString('hex')}`);
  try {
    await rename(file, target);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined;
    throw error;
  }
  // The new name reaches the disk before the old one is removed, so that the bytes are not lost.
  await syncFolder(folder);
  await syncFolder(path.dirname(file));
  return target;
}
