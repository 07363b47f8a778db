import {lstatSync, mkdirSync} from 'node:fs';
import {isSystemError, isErrno} from '../../base/errno.ts';

/** A folder that the runs of one user on one machine share. */
export interface HostFolder {
  /** Absolute path. */
  readonly path: string;
  /** The user's number. Absent: the platform has none. */
  readonly uid?: number;
}

/**
 * Makes the folder if it does not exist. Gives its fault, as a sentence: its parent is writable for everyone, so a
 * folder that another user could change is refused.
 */
export function folderFault({path, uid}: HostFolder): string | undefined {
  try {
    mkdirSync(path, {mode: 0o700});
  } catch (error) {
    if (!isSystemError(error)) throw error;
    if (!isErrno(error, 'EEXIST')) return `${path} cannot be made (${error.code}).`;
  }
  const found = lstatSync(path);
  if (!found.isDirectory()) return `${path} is not a folder.`;
  if (uid === undefined) return undefined;
  if (found.uid !== uid) return `${path} belongs to another user.`;
  return (found.mode & 0o077) === 0 ? undefined : `${path} is open to other users.`;
}
