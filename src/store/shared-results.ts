import {accessSync, constants, readlinkSync, renameSync, rmSync, symlinkSync} from 'node:fs';
import path from 'node:path';
import {isSystemError} from '../base/errno.ts';
import {namesIn} from '../base/folder-entries.ts';
import {resultsFolder, runFolder, runRoot, type Store} from './layout.ts';

/** Makes the folder of results of a run a symbolic link to the one in which an earlier run has its results. */
export function linkFolder(store: Store, before: string, run: string): void {
  link(store, run, placerOf(store, before) ?? before);
}

/** The runs that share the results of another run, by the run that has placed them, each in the order of time. */
export function sharersIn(store: Store): ReadonlyMap<string, readonly string[]> {
  const sharers = new Map<string, string[]>();
  for (const run of [...namesIn(runRoot(store))].sort()) {
    const placer = placerOf(store, run);
    if (placer === undefined) continue;
    if (!sharers.has(placer)) sharers.set(placer, []);
    sharers.get(placer)!.push(run);
  }
  return sharers;
}

/**
 * Before the folder of a run is removed: its results stay with the runs that share them. The newest of these gets the
 * folder, and the others a link to it. Another user's links do not count, since nobody repeats another user's run.
 */
export function handOnResults(store: Store, run: string): void {
  const sharers = sharersIn(store).get(run) ?? [];
  const [heir, ...others] = sharers.filter((name) => isWritable(runFolder(store, name))).reverse();
  if (heir === undefined) return;
  for (const other of others) {
    rmSync(resultsFolder(store, other));
    link(store, other, heir);
  }
  // No call replaces a link by a folder. A kill between these two costs the heir its copies of what is stored.
  rmSync(resultsFolder(store, heir));
  renameSync(resultsFolder(store, run), resultsFolder(store, heir));
}

/** The other run that has placed the results of a run, if there is one. */
function placerOf(store: Store, run: string): string | undefined {
  try {
    return /^\.\.\/([^/.][^/]*)\/results$/.exec(readlinkSync(resultsFolder(store, run)))?.[1];
  } catch (error) {
    // It is a folder, or not there.
    if (isSystemError(error)) return undefined;
    throw error;
  }
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch (error) {
    if (isSystemError(error)) return false;
    throw error;
  }
}

/** Makes a link that holds wherever the store is. */
function link(store: Store, run: string, placer: string): void {
  symlinkSync(path.posix.join('..', placer, 'results'), resultsFolder(store, run));
}
