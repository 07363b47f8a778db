import {link, mkdir, open, readFile, rename, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {isErrno, isSystemError} from '../base/errno.ts';
import {removeTree} from './durable.ts';

/** The operations that a store needs of its file system. */
export const storeNeeds = ['write', 'link', 'sync', 'rename'] as const;

export type StoreNeed = (typeof storeNeeds)[number];

/** A need that a file system does not meet, and the system's reason, such as `EPERM`. */
export interface UnmetNeed {
  readonly need: StoreNeed;
  readonly why: string;
}

/**
 * Tries in a folder what a store does: it writes files, gives a file a second name in another folder unless that name is
 * taken, waits until bytes are on the disk, and replaces a file. Gives what does not work; leaves nothing.
 * @param folder it is made, and must not exist
 */
export async function examineFolder(folder: string): Promise<readonly UnmetNeed[]> {
  const file = path.join(folder, 'one', 'file');
  const unmet: UnmetNeed[] = [];
  try {
    for (const need of storeNeeds) {
      const why = await attempt(() => trials[need](file, path.join(folder, 'other', need)));
      if (why !== undefined) unmet.push({need, why});
      // Without a file, nothing else can be tried.
      if (unmet[0]?.need === 'write') break;
    }
  } finally {
    await attempt(async () => {
      await removeTree(folder);
      return undefined;
    });
  }
  return unmet;
}

/** Why a trial failed. `undefined`: it did not. */
async function attempt(trial: () => Promise<string | undefined>): Promise<string | undefined> {
  try {
    return await trial();
  } catch (error) {
    if (isSystemError(error)) return error.code;
    throw error;
  }
}

/** Each tries a need with a file of these bytes, and a path in another folder. */
const trials: Readonly<
  Record<StoreNeed, (file: string, other: string) => Promise<string | undefined>>
> = {
  write: async (file, other) => {
    for (const made of [file, other]) await mkdir(path.dirname(made), {recursive: true});
    await writeFile(file, bytes);
    return undefined;
  },
  link: async (file, other) => {
    await link(file, other);
    if ((await readFile(other, 'utf8')) !== bytes) return 'the second name has other bytes';
    try {
      await link(file, other);
    } catch (error) {
      if (isErrno(error, 'EEXIST')) return undefined;
      throw error;
    }
    return 'a name that is taken can be taken again';
  },
  sync: async (file) => {
    const handle = await open(file, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
    return undefined;
  },
  rename: async (file, other) => {
    await writeFile(other, 'replaced');
    await rename(file, other);
    const isReplaced = (await readFile(other, 'utf8')) === bytes;
    return isReplaced ? undefined : 'the bytes are still those of the replaced file';
  },
};

const bytes = 'kept';
