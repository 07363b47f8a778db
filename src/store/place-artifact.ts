import {constants} from 'node:fs';
import {copyFile, link, stat} from 'node:fs/promises';
import {isErrno} from '../base/errno.ts';
import type {Digest} from '../base/digest.ts';
import {blobPath, type Store} from './layout.ts';

/** A link to a stored artifact is safe only as long as nobody writes to it: small ones are copied. */
const copiedBytes = 1 << 20;

/** Gives an artifact a name of its own outside of `cas/`, read-only, and says whether its bytes are shared. */
export async function placeArtifact(
  store: Store,
  digest: Digest,
  target: string,
): Promise<'copied' | 'linked'> {
  const blob = blobPath(store, digest);
  const {size} = await stat(blob);
  if (size >= copiedBytes && (await hasLinked(blob, target))) return 'linked';
  await copyFile(blob, target, constants.COPYFILE_FICLONE);
  return 'copied';
}

/** Not every file system has links, they do not reach across two, and there may be too many already. */
async function hasLinked(file: string, target: string): Promise<boolean> {
  try {
    await link(file, target);
    return true;
  } catch (error) {
    if (isErrno(error, 'EXDEV', 'EPERM', 'EMLINK', 'ENOTSUP', 'ENOSYS')) return false;
    throw error;
  }
}
