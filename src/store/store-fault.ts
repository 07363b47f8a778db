import {isErrno} from '../base/errno.ts';

/** The store could not accept a write, of this program or of a stage. */
export class StoreFault extends Error {
  override readonly name = 'StoreFault';
}

/** Whether a stage failed because of the disk: it is full, broken or read-only. Stages write into the store. */
export function isStoreFault(error: unknown): error is Error {
  return error instanceof StoreFault || isErrno(error, 'ENOSPC', 'EDQUOT', 'EFBIG', 'EIO', 'EROFS');
}
