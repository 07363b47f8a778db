import {closeSync, constants, openSync, readFileSync} from 'node:fs';

/**
 * Flags for opening a file that others may have put there: a pipe in its place reads as empty, instead of waiting for a
 * writer. Files are read as usual.
 */
export const readFlags = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

/** The text of a file that others may have put there, opened with `readFlags`. */
export function readText(file: string): string {
  const descriptor = openSync(file, readFlags);
  try {
    return readFileSync(descriptor, 'utf8');
  } finally {
    closeSync(descriptor);
  }
}
