import {readdirSync, type Dirent} from 'node:fs';
import {isErrno} from './errno.ts';

/** The names in a folder; none if there is no such folder, or a file in its place. Throws the file system's error. */
export function namesIn(folder: string): readonly string[] {
  return ifThere(() => readdirSync(folder));
}

/** As `namesIn`, with what each of them is. */
export function entriesIn(folder: string): readonly Dirent[] {
  return ifThere(() => readdirSync(folder, {withFileTypes: true}));
}

function ifThere<T>(read: () => readonly T[]): readonly T[] {
  try {
    return read();
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return [];
    throw error;
  }
}
