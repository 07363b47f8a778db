import {mkdir, readFile, readdir, rm, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {isErrno} from '../base/errno.ts';
import {workFolder, workRoot, type Store} from './layout.ts';
import {isAlive, type ProcessIdentity} from './process-identity.ts';

/** The folders of one attempt, empty. They lie in the store so that outputs can be published by a link. */
export interface Work {
  /** Where outputs are written. */
  readonly out: string;
  /** For temporary files of the stage. */
  readonly tmp: string;
}

const ownerFile = 'owner.json';

/** Makes the folders of an attempt and says whose they are. */
export async function createWork(
  store: Store,
  attempt: string,
  owner: ProcessIdentity,
): Promise<Work> {
  const folder = workFolder(store, attempt);
  const work = {out: path.join(folder, 'out'), tmp: path.join(folder, 'tmp')};
  await mkdir(folder, {recursive: true});
  await writeFile(path.join(folder, ownerFile), JSON.stringify(owner));
  await mkdir(work.out);
  await mkdir(work.tmp);
  return work;
}

/** Removes the folders of an attempt that has ended. */
export async function removeWork(store: Store, attempt: string): Promise<void> {
  await rm(workFolder(store, attempt), {recursive: true, force: true});
}

/** Removes what attempts left behind whose process has died. */
export async function sweepWork(store: Store): Promise<void> {
  for (const attempt of await attempts(store)) {
    const owner = await readOwner(path.join(workFolder(store, attempt), ownerFile));
    if (owner !== undefined && !isAlive(owner)) await removeWork(store, attempt);
  }
}

async function attempts(store: Store): Promise<readonly string[]> {
  try {
    return await readdir(workRoot(store));
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return [];
    throw error;
  }
}

/** The owner of a work folder, or `undefined` while it is just being made. */
async function readOwner(file: string): Promise<ProcessIdentity | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as ProcessIdentity;
  } catch (error) {
    if (isErrno(error, 'ENOENT') || error instanceof SyntaxError) return undefined;
    throw error;
  }
}
