import {statfsSync} from 'node:fs';
import {isErrno} from '../base/errno.ts';
import type {Store} from './layout.ts';

/** The store could not accept a write, of this program or of a stage. */
export class StoreFault extends Error {
  override readonly name = 'StoreFault';
}

/** Whether a stage failed because of the disk: it is full, broken or read-only. Stages write into the store. */
export function isStoreFault(error: unknown): error is Error {
  return error instanceof StoreFault || isErrno(error, 'ENOSPC', 'EDQUOT', 'EFBIG', 'EIO', 'EROFS');
}

/** Less room than this in bytes is none: a program that could not write its output leaves less than a buffer. */
const noRoomBytes = 64 * 1024;

/** What went wrong with the store, and before it, where its disk is full, how much room is left. */
export function storeFaultText({root}: Store, message: string): string {
  const {bavail, bsize} = statfsSync(root);
  const freeBytes = bavail * bsize;
  return freeBytes < noRoomBytes
    ? `its disk is full (${freeBytes} bytes free). ${message}`
    : message;
}
