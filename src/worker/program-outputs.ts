import {constants} from 'node:fs';
import {access, chmod, copyFile, lstat, rename, stat} from 'node:fs/promises';
import path from 'node:path';
import {isErrno} from '../base/errno.ts';
import type {MediaDefinition} from '../contract/media.ts';
import {ProgramFailure} from './program-failure.ts';

/** The path at which a program is to write an output, relative to its folder. */
export function programOutput(name: string, {extension}: MediaDefinition): string {
  return `outputs/${name}.${extension}`;
}

/**
 * Takes over a file that a program has written, so that nothing else has a name for it. Does nothing if there is no
 * file: publishing reports that. Rejects with a `ProgramFailure` if it is not a readable file.
 */
export async function takeOutput(name: string, from: string, to: string): Promise<void> {
  const found = await look(from).catch((error: unknown) => {
    const what = unreadable.find(([code]) => isErrno(error, code))?.[1];
    if (what === undefined) throw error;
    throw notAFile(name, from, what);
  });
  if (found === undefined) return;
  if (!found.isFile) throw notAFile(name, from, found.what);
  // A file with another name could be changed through it after it is stored.
  if (!found.isOwn) {
    await copyFile(from, to);
    return;
  }
  await chmod(from, 0o444);
  await rename(from, to);
}

/** Messages for the system's error codes of an output that cannot be examined. */
const unreadable = [
  ['ELOOP', 'a link that leads back to itself (ELOOP)'],
  ['EACCES', 'something that may not be read (EACCES)'],
  ['ENOTDIR', 'below something that is no folder (ENOTDIR)'],
  ['ENAMETOOLONG', 'a link to a name that is too long (ENAMETOOLONG)'],
] as const;

/** Examines a path: the file, and whether this is its only name. `undefined`: there is nothing. */
async function look(
  file: string,
): Promise<{readonly isFile: boolean; readonly isOwn: boolean; readonly what: string} | undefined> {
  try {
    const target = await stat(file);
    const isOwn = target.nlink === 1 && !(await lstat(file)).isSymbolicLink();
    if (target.isFile() && !isOwn) await access(file, constants.R_OK);
    return {
      isFile: target.isFile(),
      isOwn,
      what: target.isDirectory() ? 'a folder' : 'a device or a pipe',
    };
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined;
    throw error;
  }
}

function notAFile(name: string, file: string, what: string): ProgramFailure {
  const message = `The output ${name} (${path.basename(file)}) is ${what}, not a file.`;
  return new ProgramFailure({kind: 'bad-output', message});
}
