import {mkdir, readFile, rm, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {isErrno} from '../base/errno.ts';
import {workFolder, type Store} from './layout.ts';
import type {Digest} from '../base/digest.ts';
import type {ProcessIdentity} from './process-identity.ts';
import type {Key} from './record.ts';

/** Whose an attempt's folders are, what it computes, and from which artifacts: those must stay meanwhile. */
export interface WorkOwner extends ProcessIdentity {
  readonly key: Key;
  readonly inputs: readonly Digest[];
}

/** The folders of one attempt, empty. They lie in the store so that outputs can be published by a link. */
export interface Work {
  /** Where outputs are written. */
  readonly out: string;
  /** For temporary files of the stage. */
  readonly tmp: string;
}

const ownerFile = 'owner.json';

/** Makes the folders of an attempt and says whose they are. */
export async function createWork(store: Store, attempt: string, owner: WorkOwner): Promise<Work> {
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

/** Whose an attempt's folders are, or `undefined` while they are just being made. */
export async function findOwner(store: Store, attempt: string): Promise<WorkOwner | undefined> {
  const file = path.join(workFolder(store, attempt), ownerFile);
  try {
    return JSON.parse(await readFile(file, 'utf8')) as WorkOwner;
  } catch (error) {
    if (isErrno(error, 'ENOENT') || error instanceof SyntaxError) return undefined;
    throw error;
  }
}
