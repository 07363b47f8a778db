import {lutimesSync} from 'node:fs';
import {isErrno} from '../../base/errno.ts';

/**
 * The modification time of every stored artifact: one second after the epoch. A later write changes it, which shows
 * without reading the bytes.
 */
export const stampMs = 1000;

/**
 * Marks a file as holding the bytes of its digest. Does nothing to another user's file, nor to the target of a link.
 */
export function stamp(file: string): void {
  setTimes(file, stampMs);
}

/** Notes that a file was used now. Does nothing to another user's file. */
export function touch(file: string, nowMs: number): void {
  setTimes(file, nowMs);
}

function setTimes(file: string, ms: number): void {
  try {
    lutimesSync(file, ms / 1000, ms / 1000);
  } catch (error) {
    if (!isErrno(error, 'EPERM', 'EACCES', 'EROFS', 'ENOENT')) throw error;
  }
}
