import {lstatSync, type Stats} from 'node:fs';
import {geteuid} from 'node:process';
import {readableEntriesIn} from '../base/folder-entries.ts';

/**
 * The reason why a file of the store must not say what is executed in this user's name, as a sentence: another user has
 * written it or may change it, or there is a link in its place. `undefined`: it may, or there is none.
 */
export function foreignFileFault(file: string): string | undefined {
  const found = lstatSync(file, {throwIfNoEntry: false});
  const why = found && whyForeign(found);
  return why && `${file} says what is executed in your name, but ${why}.`;
}

/**
 * The reason why nothing must be written into the files of a folder in this user's name, as a sentence: another user has
 * made the folder, or there is a link in its place or in the place of a file. `undefined`: it may, or there is no folder.
 */
export function foreignFolderFault(folder: string): string | undefined {
  const found = lstatSync(folder, {throwIfNoEntry: false});
  if (found === undefined) return undefined;
  const why = isAnothers(found) ? anothers : whyNoFolder(found, folder);
  return why && `${folder} is written to in your name, but ${why}.`;
}

function whyForeign(found: Stats): string | undefined {
  if (isAnothers(found)) return anothers;
  if (!found.isFile()) return 'it is a link, or no file at all';
  return geteuid !== undefined && (found.mode & othersWrite) !== 0
    ? 'other users may change it'
    : undefined;
}

function whyNoFolder(found: Stats, folder: string): string | undefined {
  if (!found.isDirectory()) return 'it is a link, or no folder at all';
  const odd = readableEntriesIn(folder).find((entry) => !entry.isFile());
  return odd && `${odd.name} in it is a link, or no file at all`;
}

const anothers = 'it belongs to another user';

function isAnothers({uid}: Stats): boolean {
  return geteuid !== undefined && uid !== geteuid();
}

/** The bits of a mode that let the group and all users write. */
const othersWrite = 0o022;
