import {constants, copyFileSync, linkSync, statSync} from 'node:fs';
import {isErrno} from '../../base/errno.ts';
import type {Digest} from '../../base/digest.ts';
import {blobPath, type Store} from '../layout.ts';

/** Artifacts up to this size are copied: a link is safe only as long as nobody writes to it. */
const copiedBytes = 1 << 20;

/**
 * Gives an artifact a read-only name outside of `cas/`, and tells whether its bytes are shared. Synchronous, since a
 * run may have thousands of results, and asynchronous calls would take ten times as long. Throws `ENOENT` if the
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
 * Gives a file a second name by a hard link, if possible. It is not if the file system has no links, the name is on
 * another one, there are too many links, or the file is gone.
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
