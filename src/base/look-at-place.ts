import {createHash} from 'node:crypto';
import {readdir, stat} from 'node:fs/promises';
import path from 'node:path';
import {isLitter} from './litter.ts';

/** What a look at a file or folder shows without reading it. Two looks are equal if nothing was changed in between. */
export type PlaceLook = {
  readonly files: number;
  readonly bytes: number;
  /** A digest of the names, sizes and times of the last change; `missing` if there is nothing. */
  readonly look: string;
};

/** Looks at a file, or at all files of a folder and its subfolders; links are followed. What cannot be read counts as such. */
export async function lookAtPlace(place: string): Promise<PlaceLook> {
  const found = await filesOf(place, '', 0);
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
  /** Its path below the folder; empty for a file that is the place itself. */
  readonly name: string;
  readonly size: number;
  /** The time of its last change in nanoseconds, or why that is not known. */
  readonly changed: string;
}

/** Limit of the nesting of folders: circular links would never end. */
const maxDepth = 16;

/** Entries of a folder that are looked at together: more would only wait for Node.js's threads. */
const atOnce = 16;

async function filesOf(
  place: string,
  name: string,
  depth: number,
): Promise<readonly FoundFile[] | 'missing'> {
  const whole = path.join(place, name);
  try {
    const state = await stat(whole, {bigint: true});
    if (!state.isDirectory()) {
      return [{name, size: Number(state.size), changed: String(state.mtimeNs)}];
    }
    if (depth > maxDepth) return [];
    const entries = await readdir(whole);
    const files: FoundFile[] = [];
    for (let at = 0; at < entries.length; at += atOnce) {
      const some = entries.slice(at, at + atOnce).map((entry) => {
        return filesOf(place, name === '' ? entry : `${name}/${entry}`, depth + 1);
      });
      for (const found of await Promise.all(some)) {
        // What was removed meanwhile, and a link to nothing, are not there.
        if (found !== 'missing') for (const file of found) files.push(file);
      }
    }
    return files;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (typeof code !== 'string') throw error;
    if (code === 'ENOENT' || code === 'ENOTDIR') return 'missing';
    return [{name, size: 0, changed: code}];
  }
}

function byName(a: FoundFile, b: FoundFile): number {
  return a.name < b.name ? -1 : 1;
}
