import {accessSync} from 'node:fs';
import {rm} from 'node:fs/promises';
import path from 'node:path';
import {isErrno} from '../../base/errno.ts';
import {createWhole} from '../durable.ts';
import {runFolder, type Store} from '../layout.ts';

/** Whether a run's artifacts are protected from clean-up. */
export function isPinned(store: Store, run: string): boolean {
  try {
    accessSync(pinPath(store, run));
    return true;
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return false;
    throw error;
  }
}

/** Protects all artifacts that a run used or made from clean-up. Does nothing if they are protected already. */
export async function pinRun(store: Store, run: string): Promise<void> {
  await createWhole(store, pinPath(store, run), '');
}

/** Undoes `pinRun`. */
export async function unpinRun(store: Store, run: string): Promise<void> {
  await rm(pinPath(store, run), {force: true});
}

function pinPath(store: Store, run: string): string {
  return path.join(runFolder(store, run), 'pinned');
}
