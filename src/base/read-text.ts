import {closeSync, constants, openSync, readFileSync} from 'node:fs';
import {isErrno} from './errno.ts';

/**
 * Flags for opening a file that others may have put there: a pipe in its place reads as empty, instead of waiting for a
 * writer. Files are read as usual.
 */
export const readFlags = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

/** The result of `use` on a file, opened by `readFlags`; `undefined` if there is no such file. */
export function ifThere<T>(file: string, use: (descriptor: number) => T): T | undefined {
  try {
    return opened(file, use);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/** The text of a file that others may have put there, opened with `readFlags`. */
export function readText(file: string): string {
  return opened(file, (descriptor) => readFileSync(descriptor, 'utf8'));
}

function opened<T>(file: string, use: (descriptor: number) => T): T {
  try {
    return openedOnce(file, use);
  } catch (error) {
    // A file server says so of a file that another machine has replaced or removed since it was opened.
    if (isErrno(error, 'ESTALE')) return openedOnce(file, use);
    throw error;
  }
}

function openedOnce<T>(file: string, use: (descriptor: number) => T): T {
  const descriptor = openSync(file, readFlags);
  try {
    return use(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
