import {readdirSync, type Dirent} from 'node:fs';
import {isErrno, isSystemError} from './errno.ts';

/** The names in a folder; none if there is no such folder, or a file in its place. Throws the file system's error. */
export function namesIn(folder: string): readonly string[] {
  return ifThere(() => readdirSync(folder));
}

/** As `namesIn`, with what each of them is. */
export function entriesIn(folder: string): readonly Dirent[] {
  return ifThere(() => readdirSync(folder, {withFileTypes: true}));
}

/** As `entriesIn`; none of a folder that cannot be read either. Whoever needs the folder reports the reason. */
export function readableEntriesIn(folder: string): readonly Dirent[] {
  try {
    return entriesIn(folder);
  } catch (error) {
    if (isSystemError(error)) return [];
    throw error;
  }
}

function ifThere<T>(read: () => readonly T[]): readonly T[] {
  try {
    return read();
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return [];
    throw error;
  }
}
