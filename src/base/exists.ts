import {access} from 'node:fs/promises';
import {isErrno} from './errno.ts';

/** Whether there is a file or a folder. Rejects with the file system's error where that cannot be seen. */
export async function exists(file: string): Promise<boolean> {
  try {
    await access(file);
    return true;
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return false;
    throw error;
  }
}
