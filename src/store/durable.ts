import {randomBytes} from 'node:crypto';
import {link, mkdir, open, rename, unlink} from 'node:fs/promises';
import path from 'node:path';
import {isErrno} from '../base/errno.ts';
import {temporaryFolder, type Store} from './layout.ts';

/** Waits until a file's bytes are on the disk. */
export async function syncFile(file: string): Promise<void> {
  const handle = await open(file, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Waits until a folder's entries are on the disk. Does nothing where folders cannot be opened. */
export async function syncFolder(folder: string): Promise<void> {
  try {
    await syncFile(folder);
  } catch (error) {
    if (!isErrno(error, 'EPERM', 'EISDIR', 'EINVAL')) throw error;
  }
}

/** Gives a file a second name, unless that name is taken. Both lie on the same file system. */
export async function linkExclusive(from: string, to: string): Promise<'linked' | 'exists'> {
  await mkdir(path.dirname(to), {recursive: true});
  try {
    await link(from, to);
  } catch (error) {
    if (isErrno(error, 'EEXIST')) return 'exists';
    throw error;
  }
  await syncFolder(path.dirname(to));
  return 'linked';
}

/** Writes a file that is visible only once it is whole and on the disk. Keeps one that is there already. */
export async function createWhole(
  store: Store,
  file: string,
  text: string,
): Promise<'linked' | 'exists'> {
  const temporary = await writeTemporary(store, text);
  try {
    return await linkExclusive(temporary, file);
  } finally {
    await unlink(temporary);
  }
}

/** As `createWhole`, but takes the place of a file that is there. */
export async function replaceWhole(store: Store, file: string, text: string): Promise<void> {
  const temporary = await writeTemporary(store, text);
  await rename(temporary, file);
  await syncFolder(path.dirname(file));
}

/** A path that nothing has, on the store's file system. What a crash leaves there is swept. */
export async function temporaryPath(store: Store): Promise<string> {
  const folder = temporaryFolder(store);
  await mkdir(folder, {recursive: true});
  return path.join(folder, randomBytes(8).toString('hex'));
}

async function writeTemporary(store: Store, text: string): Promise<string> {
  const temporary = await temporaryPath(store);
  const handle = await open(temporary, 'wx');
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  return temporary;
}
