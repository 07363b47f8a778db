import {fstatSync, readSync} from 'node:fs';
import {ifThere} from './read-text.ts';

/**
 * The text in the last bytes of a file, and whether that is all of it; `undefined` if there is no such file. A character
 * that the first of these bytes cut in two is shown as `�`.
 */
export function readEnd(
  file: string,
  maxBytes: number,
): {readonly text: string; readonly isAll: boolean} | undefined {
  return ifThere(file, (descriptor) => {
    const {size} = fstatSync(descriptor);
    const bytes = Buffer.alloc(Math.min(size, maxBytes));
    const read = readSync(descriptor, bytes, 0, bytes.length, size - bytes.length);
    return {text: bytes.toString('utf8', 0, read), isAll: size <= maxBytes};
  });
}
