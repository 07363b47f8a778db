import {lstatSync, statSync, type Stats} from 'node:fs';
import path from 'node:path';
import {geteuid} from 'node:process';
import {isSystemError} from '../../base/errno.ts';

/** The name of the file with the settings of a project. */
export const projectFileName = 'distillery.yaml';

export interface FoundProjectFile {
  /** The absolute path of the nearest project file. Absent: there is none. */
  readonly file?: string;
  /** Files that are nearer and not used, with the end of a sentence that says why. */
  readonly refused: readonly {readonly file: string; readonly why: string}[];
}

/**
 * The nearest project file at or above a folder. It may name code that runs and where results go, and nobody has named
 * it on the command line. So one is passed over that a stranger may have put into a folder above, such as `/tmp`: it has to
 * belong to this user, to the administrator, or to the owner of what the user has named.
 * @param folder absolute
 * @param named the pipeline file, or, without one, the current folder
 */
export function findProjectFile(folder: string, named: string): FoundProjectFile {
  const trusted = [geteuid?.(), 0, statOf(named, statSync)?.uid];
  const refused: {file: string; why: string}[] = [];
  for (let at = folder; ; at = path.dirname(at)) {
    const file = path.join(at, projectFileName);
    const why = whyRefused(file, trusted);
    if (why === undefined) return {file, refused};
    if (why !== 'absent') refused.push({file, why});
    if (at === path.dirname(at)) return {refused};
  }
}

function whyRefused(file: string, trusted: readonly unknown[]): string | undefined {
  // The owner of a link decides what it leads to.
  const link = statOf(file, lstatSync);
  const target = link && statOf(file, statSync);
  if (link === undefined || target === undefined) return 'absent';
  if (geteuid === undefined) return undefined;
  if ([link, target].some(({uid}) => !trusted.includes(uid))) return 'it belongs to another user';
  return (target.mode & allWrite) === 0 ? undefined : 'all users may change it';
}

/** The bit of a mode that lets all users write. */
const allWrite = 0o002;

/** `undefined`: there is nothing, or a folder on the way must not be looked into. */
function statOf(file: string, stat: (file: string) => Stats): Stats | undefined {
  try {
    return stat(file);
  } catch (error) {
    if (isSystemError(error)) return undefined;
    throw error;
  }
}
