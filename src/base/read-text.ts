import {closeSync, constants, openSync, readFileSync} from 'node:fs';

/**
 * For opening a file that others may have put there: a pipe in its place is read as empty, rather than waiting for
 * somebody who writes to it. Files are read as ever.
 */
export const readFlags = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

/** The text of a file that others may have put there, opened by `readFlags`. */
export function readText(file: string): string {
  const descriptor = openSync(file, readFlags);
  try {
    return readFileSync(descriptor, 'utf8');
  } finally {
    closeSync(descriptor);
  }
}
