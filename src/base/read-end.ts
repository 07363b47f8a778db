import {closeSync, fstatSync, openSync, readSync} from 'node:fs';
import {isErrno} from './errno.ts';
import {readFlags} from './read-text.ts';

/**
 * The text in the last bytes of a file, and whether that is all of it; `undefined` if there is no such file. A character
 * that the first of these bytes cut in two is shown as `�`.
 */
export function readEnd(
  file: string,
  maxBytes: number,
): {readonly text: string; readonly isAll: boolean} | undefined {
  let descriptor: number;
  try {
    descriptor = openSync(file, readFlags);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined;
    throw error;
  }
  try {
    const {size} = fstatSync(descriptor);
    const bytes = Buffer.alloc(Math.min(size, maxBytes));
    const read = readSync(descriptor, bytes, 0, bytes.length, size - bytes.length);
    return {text: bytes.toString('utf8', 0, read), isAll: size <= maxBytes};
  } finally {
    closeSync(descriptor);
  }
}
