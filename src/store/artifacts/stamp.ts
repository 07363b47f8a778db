import {lutimesSync} from 'node:fs';
import {isErrno} from '../../base/errno.ts';

/**
 * When every stored artifact was last modified, it says: a second after the epoch. Whoever writes to one leaves another
 * time, and that shows without reading it.
 */
export const stampMs = 1000;

/** Marks a file as holding the bytes that its digest says. Does nothing to another user's file, nor to what a link leads to. */
export function stamp(file: string): void {
  setTimes(file, stampMs);
}

/** Notes that a file is of use now. Does nothing to another user's file. */
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
