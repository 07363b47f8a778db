import {chmod, copyFile, lstat, rename, stat} from 'node:fs/promises';
import path from 'node:path';
import {isErrno} from '../base/errno.ts';
import {media, type MediaName} from '../contract/media.ts';
import {ProgramFailure} from './program-failure.ts';

/** Where a program is to write an output, relative to its folder. */
export function programOutput(name: string, mediaName: MediaName): string {
  return `outputs/${name}.${media[mediaName].extension}`;
}

/**
 * Takes over what a program has written as a file that nothing else has a name for. Nothing happens where there is no
 * file: publishing will say so.
 */
export async function takeOutput(name: string, from: string, to: string): Promise<void> {
  let target;
  try {
    target = await stat(from);
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return;
    throw error;
  }
  if (!target.isFile()) {
    const what = target.isDirectory() ? 'a folder' : 'a device or a pipe';
    const message = `The output ${name} (${path.basename(from)}) is ${what}, not a file.`;
    throw new ProgramFailure({kind: 'bad-output', message});
  }
  // A file that has another name could be changed by it when it is stored.
  const own = target.nlink === 1 && !(await lstat(from)).isSymbolicLink();
  if (!own) {
    await copyFile(from, to);
    return;
  }
  await chmod(from, 0o444);
  await rename(from, to);
}
