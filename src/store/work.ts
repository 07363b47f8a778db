import {chmod, mkdir, readFile, readdir, rm, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {isErrno} from '../base/errno.ts';
import {workFolder, type Store} from './layout.ts';
import {killGroup, type ProcessIdentity} from './process-identity.ts';

/** The folders of one attempt, empty. They lie in the store so that outputs can be published by a link. */
export interface Work {
  /** Where outputs are written. */
  readonly out: string;
  /** For temporary files of the stage. */
  readonly tmp: string;
}

const ownerFile = 'owner.json';
const programFile = 'program.json';

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
  const folder = workFolder(store, attempt);
  try {
    await rm(folder, {recursive: true, force: true});
  } catch (error) {
    if (!isErrno(error, 'EACCES', 'EPERM')) throw error;
    // A program may leave folders that do not let anything be removed from them.
    await makeWritable(folder);
    await rm(folder, {recursive: true, force: true});
  }
}

async function makeWritable(folder: string): Promise<void> {
  await chmod(folder, 0o700);
  for (const entry of await readdir(folder, {withFileTypes: true})) {
    if (entry.isDirectory()) await makeWritable(path.join(folder, entry.name));
  }
}

/** Notes the program that an attempt runs, which leads a process group. */
export async function noteProgram(
  store: Store,
  attempt: string,
  leader: ProcessIdentity,
): Promise<void> {
  await writeFile(path.join(workFolder(store, attempt), programFile), JSON.stringify(leader));
}

/** Ends the program of an attempt whose own process was killed and could not end it. */
export async function endProgram(store: Store, attempt: string): Promise<void> {
  const leader = await readIdentity(path.join(workFolder(store, attempt), programFile));
  if (leader !== undefined) killGroup(leader);
}

/** Whose an attempt's folders are, or `undefined` while they are just being made. */
export async function findOwner(
  store: Store,
  attempt: string,
): Promise<ProcessIdentity | undefined> {
  return await readIdentity(path.join(workFolder(store, attempt), ownerFile));
}

async function readIdentity(file: string): Promise<ProcessIdentity | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as ProcessIdentity;
  } catch (error) {
    if (isErrno(error, 'ENOENT') || error instanceof SyntaxError) return undefined;
    throw error;
  }
}
