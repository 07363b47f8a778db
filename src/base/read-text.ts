import {closeSync, constants, openSync, readFileSync} from 'node:fs';
import {isErrno} from './errno.ts';

/**
 * For opening a file that others may have put there: a pipe in its place is read as empty, rather than waiting for
 * somebody who writes to it. Files are read as ever.
 */
export const readFlags = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

/** What `use` gives of an open file; `undefined` if there is no such file. Opened by `readFlags`. */
export function ifThere<T>(file: string, use: (descriptor: number) => T): T | undefined {
  let descriptor: number;
  try {
    descriptor = openSync(file, readFlags);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined;
    throw error;
  }
  try {
    return use(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** The text of a file that others may have put there, opened by `readFlags`. */
export function readText(file: string): string {
  const descriptor = openSync(file, readFlags);
  try {
    return readFileSync(descriptor, 'utf8');
  } finally {
    closeSync(descriptor);
  }
}
