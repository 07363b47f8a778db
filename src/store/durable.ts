import {randomBytes} from 'node:crypto';
import {link, open, rename, rm, unlink} from 'node:fs/promises';
import path from 'node:path';
import {isErrno} from '../base/errno.ts';
import {makeFolders} from '../base/make-folders.ts';
import type {ReplaceStep, WholeStep} from './failpoint.ts';
import {temporaryFolder, type Store} from './layout.ts';

/** Waits until a file's bytes are on the disk (fsync). */
export async function syncFile(file: string): Promise<void> {
  const handle = await open(file, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Waits until a folder's entries are on the disk. Does nothing if the folder cannot be opened. */
export async function syncFolder(folder: string): Promise<void> {
  try {
    await syncFile(folder);
  } catch (error) {
    if (!isErrno(error, 'EACCES', 'EPERM', 'EISDIR', 'EINVAL')) throw error;
  }
}

/**
 * Gives a file a second name, unless that name is taken. Both names are on the same file system. When this returns, the
 * name is on the disk, whether this process or another one made it.
 */
export async function linkExclusive(
  from: string,
  to: string,
  onStep: (step: 'folder' | 'linked' | 'folder-synced') => void = ignoreStep,
): Promise<'linked' | 'exists'> {
  await makeFolder(path.dirname(to));
  onStep('folder');
  try {
    await link(from, to);
  } catch (error) {
    if (!isErrno(error, 'EEXIST')) throw error;
    // The process that made the name may not have synced it yet, or may have been killed before.
    await syncFolder(path.dirname(to));
    return 'exists';
  }
  onStep('linked');
  await syncFolder(path.dirname(to));
  onStep('folder-synced');
  return 'linked';
}

/** Writes a file that becomes visible only when it is complete and on the disk. An existing file is kept. */
export async function createWhole(
  store: Store,
  file: string,
  text: string,
  onStep: (step: WholeStep) => void = ignoreStep,
): Promise<'linked' | 'exists'> {
  const temporary = await writeTemporary(store, text, onStep);
  let outcome: 'linked' | 'exists';
  try {
    outcome = await linkExclusive(temporary, file, onStep);
  } finally {
    await unlink(temporary);
  }
  onStep('cleared');
  return outcome;
}

/** As `createWhole`, but replaces an existing file. */
export async function replaceWhole(
  store: Store,
  file: string,
  text: string,
  onStep: (step: ReplaceStep) => void = ignoreStep,
): Promise<void> {
  const temporary = await writeTemporary(store, text, onStep);
  await rename(temporary, file);
  onStep('renamed');
  await syncFolder(path.dirname(file));
  onStep('folder-synced');
}

function ignoreStep(): void {}

/**
 * Makes a folder and its missing parents, and waits until they are on the disk, even if another process made the
 * lowest.
 */
export async function makeFolder(folder: string): Promise<void> {
  const first = (await makeFolders(folder)) ?? folder;
  for (let above = folder; above.length >= first.length;) {
    above = path.dirname(above);
    await syncFolder(above);
  }
}

/** Removes a file, or a folder with its contents, if it exists. After a kill, all or nothing of it remains in place. */
export async function removeWhole(
  store: Store,
  file: string,
  onAside: () => void = ignoreStep,
): Promise<void> {
  const aside = await temporaryPath(store);
  try {
    await rename(file, aside);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return;
    throw error;
  }
  onAside();
  await removeTree(aside);
}

/**
 * Removes a file, or a folder with its contents, if it exists. What a file server does not list yet, or keeps because it
 * is open elsewhere, stays, and a later sweep removes it.
 */
export async function removeTree(file: string): Promise<void> {
  try {
    await rm(file, {recursive: true, force: true});
  } catch (error) {
    if (!isErrno(error, 'ENOTEMPTY', 'EBUSY')) throw error;
  }
}

/** An unused path on the store's file system. A sweep removes what a crash leaves there. */
export async function temporaryPath(store: Store): Promise<string> {
  const folder = temporaryFolder(store);
  await makeFolders(folder);
  return path.join(folder, randomBytes(8).toString('hex'));
}

/** Files are replaced and never changed, so that the group need not write them, whatever the umask is. */
const ownersMode = 0o644;

async function writeTemporary(
  store: Store,
  text: string,
  onStep: (step: 'made' | 'written' | 'synced') => void,
): Promise<string> {
  const temporary = await temporaryPath(store);
  const handle = await open(temporary, 'wx', ownersMode);
  try {
    onStep('made');
    await handle.writeFile(text);
    onStep('written');
    await handle.sync();
    onStep('synced');
    return temporary;
  } catch (error) {
    await unlink(temporary);
    throw error;
  } finally {
    await handle.close();
  }
}
