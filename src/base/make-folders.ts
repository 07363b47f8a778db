import {mkdir, stat} from 'node:fs/promises';
import path from 'node:path';
import {isErrno} from './errno.ts';

/**
 * Makes a folder and its missing parents, and gives the uppermost that it made; `undefined`: all existed.
 * Node's own `recursive` never ends if the system says ENOENT although the parent exists, as in `/proc` and on
 * broken automounts. @throws the file system's error
 */
export async function makeFolders(folder: string): Promise<string | undefined> {
  try {
    await mkdir(folder);
    return folder;
  } catch (error) {
    if (isErrno(error, 'EEXIST') && (await isFolder(folder))) return undefined;
    if (!isErrno(error, 'ENOENT')) throw error;
  }
  const first = await makeFolders(path.dirname(folder));
  // Another process may have made it since.
  await mkdir(folder).catch(async (error: unknown) => {
    if (!isErrno(error, 'EEXIST') || !(await isFolder(folder))) throw error;
  });
  return first ?? folder;
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return false;
    throw error;
  }
}
