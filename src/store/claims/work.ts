import {chmod, mkdir, readFile, readdir, rename, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {isErrno} from '../../base/errno.ts';
import {namesIn} from '../../base/folder-entries.ts';
import {readFlags} from '../../base/read-text.ts';
import {endProcesses} from './attempt-processes.ts';
import {removeTree, temporaryPath} from '../durable.ts';
import {workFolder, type Store} from '../layout.ts';
import {parseDigest, type Digest} from '../../base/digest.ts';
import {isRunning, parseIdentity, type ProcessIdentity} from './process-identity.ts';
import type {Key} from '../records/record.ts';

/**
 * The owner of an attempt's folders: its process, the key that it computes, and the artifacts that it reads, which must
 * stay meanwhile.
 */
export interface WorkOwner extends ProcessIdentity {
  readonly key: Key;
  readonly inputs: readonly Digest[];
}

/** The folders of one attempt, initially empty. They are in the store so that outputs can be published by a link. */
export interface Work {
  /** The folder for outputs. */
  readonly out: string;
  /** For temporary files of the stage. */
  readonly tmp: string;
}

const ownerFile = 'owner.json';
const programFile = 'program.json';

/** Makes the folders of an attempt, with a note of their owner. */
export async function createWork(
  store: Store,
  attempt: string,
  owner: WorkOwner,
  onAside: () => void = () => undefined,
): Promise<Work> {
  // Made aside, so that a kill never leaves a folder without an owner.
  const aside = await temporaryPath(store);
  await mkdir(path.join(aside, 'out'), {recursive: true});
  await mkdir(path.join(aside, 'tmp'));
  await writeFile(path.join(aside, ownerFile), JSON.stringify(owner));
  onAside();
  const folder = workFolder(store, attempt);
  await mkdir(path.dirname(folder), {recursive: true});
  await rename(aside, folder);
  return {out: path.join(folder, 'out'), tmp: path.join(folder, 'tmp')};
}

/** Removes the folders of an attempt that has ended. */
export async function removeWork(store: Store, attempt: string): Promise<void> {
  const folder = workFolder(store, attempt);
  // The owner is removed last: if this process is killed meanwhile, a sweep still knows it.
  for (const name of namesIn(folder)) {
    if (name !== ownerFile) await removeAll(path.join(folder, name));
  }
  await removeAll(folder);
}

async function removeAll(folder: string): Promise<void> {
  try {
    await removeTree(folder);
  } catch (error) {
    if (!isErrno(error, 'EACCES', 'EPERM')) throw error;
    // A program may leave folders without write permission.
    await makeWritable(folder);
    await removeTree(folder);
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

/** Ends what an attempt left running after its own process was killed. */
export async function endAttempt(store: Store, attempt: string): Promise<void> {
  const leader = parseIdentity(await readJson(path.join(workFolder(store, attempt), programFile)));
  // All processes descend from the first one, which no attempt has started.
  const isOurs = leader !== undefined && leader.pid > 1 && isRunning(leader);
  await endProcesses(attempt, isOurs ? {leader} : {});
}

/** The owner of an attempt's folders, or `undefined` if there is no valid note. */
export async function findOwner(store: Store, attempt: string): Promise<WorkOwner | undefined> {
  const value = await readJson(path.join(workFolder(store, attempt), ownerFile));
  const {key, inputs} = (value ?? {}) as Partial<WorkOwner>;
  const isWhole =
    parseIdentity(value) !== undefined &&
    parseDigest(key) !== undefined &&
    Array.isArray(inputs) &&
    inputs.every((digest) => parseDigest(digest) !== undefined);
  return isWhole ? (value as WorkOwner) : undefined;
}

async function readJson(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, {encoding: 'utf8', flag: readFlags}));
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ESTALE') || error instanceof SyntaxError) return undefined;
    throw error;
  }
}
