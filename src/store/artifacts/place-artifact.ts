import {constants, copyFileSync, linkSync, statSync} from 'node:fs';
import {isErrno} from '../../base/errno.ts';
import type {Digest} from '../../base/digest.ts';
import {blobPath, type Store} from '../layout.ts';

/** A link to a stored artifact is safe only as long as nobody writes to it: small ones are copied. */
const copiedBytes = 1 << 20;

/**
 * Gives an artifact a name of its own outside of `cas/`, read-only, and says whether its bytes are shared. Waits for
 * it: a run may have thousands of results, and asynchronous calls would take ten times as long. Throws `ENOENT` if the
 * artifact is gone.
 */
export function placeArtifact(store: Store, digest: Digest, target: string): 'copied' | 'linked' {
  const blob = blobPath(store, digest);
  const {size} = statSync(blob);
  if (size >= copiedBytes && hasLinked(blob, target)) return 'linked';
  copyFileSync(blob, target, constants.COPYFILE_FICLONE);
  return 'copied';
}

/**
 * Gives a file a second name, if that can be done: not every file system has links, they do not reach across two, there
 * may be too many already, and the file may be gone.
 */
export function hasLinked(file: string, target: string): boolean {
  try {
    linkSync(file, target);
    return true;
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'EXDEV', 'EPERM', 'EMLINK', 'ENOTSUP', 'ENOSYS')) return false;
    throw error;
  }
}
