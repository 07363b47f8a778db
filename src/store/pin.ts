import {accessSync} from 'node:fs';
import {rm, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {isErrno} from '../base/errno.ts';
import {runFolder, type Store} from './layout.ts';

/** Whether nothing that a run used or made may be cleaned up. */
export function isPinned(store: Store, run: string): boolean {
  try {
    accessSync(pinPath(store, run));
    return true;
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return false;
    throw error;
  }
}

/** Keeps all that a run used or made from being cleaned up. Does nothing where that is so already. */
export async function pinRun(store: Store, run: string): Promise<void> {
  try {
    // `wx`: writes to no file that is there, nor to one that a link leads to.
    await writeFile(pinPath(store, run), '', {flag: 'wx'});
  } catch (error) {
    if (!isErrno(error, 'EEXIST')) throw error;
  }
}

/** Lets go what `pinRun` kept. */
export async function unpinRun(store: Store, run: string): Promise<void> {
  await rm(pinPath(store, run), {force: true});
}

function pinPath(store: Store, run: string): string {
  return path.join(runFolder(store, run), 'pinned');
}
