import {randomBytes} from 'node:crypto';
import {mkdir, rename, rm} from 'node:fs/promises';
import path from 'node:path';
import {makeFolders} from './make-folders.ts';

/**
 * Makes a folder that appears when it is complete, and gives what `fill` gives.
 * @param target the folder: there is none, or an empty one
 * @param fill writes the files into a folder that has another name until then
 * @throws what `fill` throws, or the file system's error; there is no folder then
 */
export async function makeWholeFolder<T>(
  target: string,
  fill: (folder: string) => Promise<T>,
): Promise<T> {
  await makeFolders(path.dirname(target));
  const temporary = `${target}.${randomBytes(4).toString('hex')}.tmp`;
  try {
    await mkdir(temporary);
    const made = await fill(temporary);
    // Takes the place of an empty folder only: the system refuses to replace anything else by a folder.
    await rename(temporary, target);
    return made;
  } finally {
    await rm(temporary, {recursive: true, force: true});
  }
}
