import {accessSync} from 'node:fs';
import {rm} from 'node:fs/promises';
import path from 'node:path';
import {isErrno} from '../../base/errno.ts';
import {createWhole} from '../durable.ts';
import {runFolder, type Store} from '../layout.ts';

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
  await createWhole(store, pinPath(store, run), '');
}

/** Lets go what `pinRun` kept. */
export async function unpinRun(store: Store, run: string): Promise<void> {
  await rm(pinPath(store, run), {force: true});
}

function pinPath(store: Store, run: string): string {
  return path.join(runFolder(store, run), 'pinned');
}
