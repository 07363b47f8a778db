import {createHash} from 'node:crypto';
import {readdir, stat} from 'node:fs/promises';
import path from 'node:path';
import {isLitter} from './litter.ts';

/** A look at a file or folder that reads no file. Two looks are equal if nothing changed in between. */
export type PathLook = {
  readonly files: number;
  readonly bytes: number;
  /** A digest of the names, sizes and times of the last change; `missing` if there is nothing. */
  readonly look: string;
};

/** A folder has more entries than can be looked at. */
export class TooManyEntries extends Error {
  override readonly name = 'TooManyEntries';
}

/** Limit of the entries of a folder and its subfolders, ten times those of ILSVRC's: links may lead to a folder many times. */
const mostEntries = 12_000_000;

/**
 * Looks at a file, or at all files of a folder and its subfolders. Links are followed, except back to a folder that they are in. What
 * cannot be read counts as such.
 * @throws TooManyEntries
 */
export async function lookAtPath(whole: string, limit = mostEntries): Promise<PathLook> {
  const found = await filesOf({whole, limit, entries: 0}, '', []);
  if (found === 'missing') return {files: 0, bytes: 0, look: 'missing'};
  const sha256 = createHash('sha256');
  let bytes = 0;
  const files = found.filter(({name}) => !isLitter(name)).sort(byName);
  for (const {name, size, changed} of files) {
    sha256.update(`${name}\0${size}\0${changed}\0`);
    bytes += size;
  }
  return {files: files.length, bytes, look: sha256.digest('hex')};
}

interface FoundFile {
  /** Its path below the folder; empty for a file that was asked for itself. */
  readonly name: string;
  readonly size: number;
  /** The time of its last change in nanoseconds, or why that is not known. */
  readonly changed: string;
}

/** A look at a file or folder while it goes on. */
interface Walk {
  readonly whole: string;
  readonly limit: number;
  /** The number of entries so far. */
  entries: number;
}

/** Entries of a folder that are looked at together: more would only wait for Node.js's threads. */
const atOnce = 16;

/** @param above the folders that contain it, by device and inode */
async function filesOf(
  walk: Walk,
  name: string,
  above: readonly string[],
): Promise<readonly FoundFile[] | 'missing'> {
  const file = path.join(walk.whole, name);
  try {
    const state = await stat(file, {bigint: true});
    if (!state.isDirectory()) {
      return [{name, size: Number(state.size), changed: String(state.mtimeNs)}];
    }
    const folder = `${state.dev}:${state.ino}`;
    if (above.includes(folder)) return [];
    const entries = await readdir(file);
    walk.entries += entries.length;
    if (walk.entries > walk.limit) throw tooMany(walk);
    const names = entries.map((entry) => (name === '' ? entry : `${name}/${entry}`));
    return await filesOfAll(walk, names, [...above, folder]);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (typeof code !== 'string') throw error;
    if (code === 'ENOENT' || code === 'ENOTDIR') return 'missing';
    return [{name, size: 0, changed: code}];
  }
}

async function filesOfAll(
  walk: Walk,
  names: readonly string[],
  above: readonly string[],
): Promise<readonly FoundFile[]> {
  const files: FoundFile[] = [];
  for (let at = 0; at < names.length; at += atOnce) {
    const some = names.slice(at, at + atOnce).map((name) => filesOf(walk, name, above));
    for (const found of await Promise.all(some)) {
      // Entries that were removed meanwhile, and links to nothing, count as absent.
      if (found !== 'missing') for (const file of found) files.push(file);
    }
  }
  return files;
}

function tooMany({whole, limit}: Walk): TooManyEntries {
  return new TooManyEntries(
    `${whole} has more than ${limit} files and folders, with links followed. Links in it may lead to a folder many times.`,
  );
}

function byName(a: FoundFile, b: FoundFile): number {
  return a.name < b.name ? -1 : 1;
}
