import {lstatSync, type Dirent} from 'node:fs';
import path from 'node:path';
import {geteuid} from 'node:process';
import {readableEntriesIn} from '../base/folder-entries.ts';
import type {Store} from './layout.ts';

/** The folders of a store, and its one file. */
const ownNames: ReadonlySet<string> = new Set(
  'cas records index fingerprints checkpoints leases members work tmp quarantine runs store.json'.split(
    ' ',
  ),
);

/**
 * An entry that another user has put in the place of a store's folder, or of something in one, relative to the store: a
 * pipe, or a link, through which we would write or remove files elsewhere. `undefined`: none. Links of this user and of
 * the administrator are accepted.
 */
export function foreignEntry({root}: Store): string | undefined {
  const own = readableEntriesIn(root).filter(({name}) => ownNames.has(name));
  const inside = own
    .filter((entry) => entry.isDirectory())
    .flatMap(({name}) => readableEntriesIn(path.join(root, name)));
  const found = [...own, ...inside].find(
    (entry) => !entry.isFile() && !entry.isDirectory() && isForeignFile(pathOf(entry)),
  );
  return found === undefined ? undefined : path.relative(root, pathOf(found));
}

/**
 * Whether a folder has files of something else and nothing of a store. Hidden files, a README
 * and what a new file system has do not count.
 */
export function isForeignFolder({root}: Store): boolean {
  const names = readableEntriesIn(root).map(({name}) => name);
  const others = names.filter((name) => !/^(\.|README\b|lost\+found$)/.test(name));
  return others.length > 0 && !names.some((name) => ownNames.has(name));
}

function pathOf({parentPath, name}: Dirent): string {
  return path.join(parentPath, name);
}

function isForeignFile(file: string): boolean {
  const user = geteuid?.();
  const owner = lstatSync(file, {throwIfNoEntry: false})?.uid;
  return user !== undefined && owner !== undefined && owner !== user && owner !== 0;
}
