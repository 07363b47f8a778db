import {lstatSync, readdirSync, type Dirent} from 'node:fs';
import path from 'node:path';
import {geteuid} from 'node:process';
import {isSystemError} from '../base/errno.ts';
import type {Store} from './layout.ts';

/** The folders of a store, and its one file. */
const ownNames: ReadonlySet<string> = new Set(
  'cas records index fingerprints checkpoints leases work tmp quarantine runs store.json'.split(
    ' ',
  ),
);

/**
 * What another user has put in the place of one of a store's folders or of something in them, relative to the store: a
 * link, through which we would write or remove elsewhere, or a pipe. `undefined`: nothing. One's own links, and those of
 * the administrator, are meant.
 */
export function foreignEntry({root}: Store): string | undefined {
  const own = entriesOf(root).filter(({name}) => ownNames.has(name));
  const inside = own
    .filter((entry) => entry.isDirectory())
    .flatMap(({name}) => entriesOf(path.join(root, name)));
  const found = [...own, ...inside].find(
    (entry) => !entry.isFile() && !entry.isDirectory() && isForeign(pathOf(entry)),
  );
  return found === undefined ? undefined : path.relative(root, pathOf(found));
}

function pathOf({parentPath, name}: Dirent): string {
  return path.join(parentPath, name);
}

function isForeign(file: string): boolean {
  const user = geteuid?.();
  const owner = lstatSync(file, {throwIfNoEntry: false})?.uid;
  return user !== undefined && owner !== undefined && owner !== user && owner !== 0;
}

function entriesOf(folder: string): readonly Dirent[] {
  try {
    return readdirSync(folder, {withFileTypes: true});
  } catch (error) {
    // What cannot be read is told by whoever needs it.
    if (isSystemError(error)) return [];
    throw error;
  }
}
