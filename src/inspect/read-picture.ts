import {readFile} from 'node:fs/promises';
import {readFlags} from '../base/read-text.ts';
import {CorruptFile} from '../formats/file-fault.ts';
import {pictureOf, type Picture} from './points.ts';

/**
 * Reads a picture from a file.
 * @throws CorruptFile if it is not a PNG file; or the file system's error
 */
export async function readPicture(file: string): Promise<Picture> {
  const bytes = await readFile(file, {flag: readFlags});
  try {
    return pictureOf(bytes);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new CorruptFile(file, 'not a PNG picture', {cause});
  }
}
