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

/** Free bytes below which a disk counts as full: a program that could not write its output leaves less than a buffer. */
const noRoomBytes = 64 * 1024;

/** The error of the store, preceded by the free space if its disk is full. */
export function storeFaultText({root}: Store, message: string): string {
  const free = freeBytes({root});
  return free < noRoomBytes ? `its disk is full (${free} bytes free). ${message}` : message;
}

/** The bytes that this user may still write to the store's disk. */
export function freeBytes({root}: Store): number {
  const {bavail, bsize} = statfsSync(root);
  return bavail * bsize;
}
