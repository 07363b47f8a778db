import {constants} from 'node:fs';
import {access, readdir, stat} from 'node:fs/promises';
import path from 'node:path';
import {closestTo} from '../base/edit-distance.ts';
import {StageError} from '../contract/stage.ts';

/** Where programs are searched for if there is no PATH. */
const usualPath = '/usr/local/bin:/usr/bin:/bin';

export type ProgramSearch =
  | {readonly kind: 'found'; readonly path: string}
  /** With the program on the PATH that has the nearest name, if one is near. */
  | {readonly kind: 'missing'; readonly near?: string};

/** Where programs are looked for. */
export interface SearchPath {
  /** The PATH. */
  readonly searched: string | undefined;
  /** The folder of the user's that the program starts in, if it does. */
  readonly folder: string | undefined;
}

/**
 * Looks for a program by the PATH. One with a `/` in its name is where it says: in the user's folder, or wherever,
 * whether it is there or not.
 */
export async function searchProgram(
  name: string,
  {searched, folder}: SearchPath,
): Promise<ProgramSearch> {
  const isPath = name.includes('/');
  if (isPath && (folder === undefined || path.isAbsolute(name))) {
    return {kind: 'found', path: name};
  }
  const folders = isPath
    ? [folder!]
    : (searched ?? usualPath).split(path.delimiter).filter(Boolean);
  for (const one of folders) {
    const candidate = path.resolve(one, name);
    if (await isProgram(candidate)) return {kind: 'found', path: candidate};
  }
  const near = isPath ? undefined : closestTo(name, await programsIn(folders));
  return {kind: 'missing', ...(near !== undefined && {near})};
}

/** The path of a program, as `searchProgram` finds it. Rejects with a `StageError`. */
export async function findProgram(name: string, search: SearchPath): Promise<string> {
  const found = await searchProgram(name, search);
  if (found.kind === 'found') return found.path;
  const hint = found.near === undefined ? '' : ` Did you mean ${found.near}?`;
  throw new StageError(`${missingProgramText(name, search)}${hint}`);
}

/** That a program is missing, as a sentence. */
export function missingProgramText(name: string, {folder}: Pick<SearchPath, 'folder'>): string {
  return name.includes('/')
    ? `There is no program ${name} in ${folder!}, or it may not be run.`
    : `There is no program ${name} on the PATH.`;
}

async function isProgram(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    return (await stat(file)).isFile();
  } catch {
    return false;
  }
}

async function programsIn(folders: readonly string[]): Promise<ReadonlySet<string>> {
  const names = await Promise.all(folders.map((folder) => readdir(folder).catch(() => [])));
  return new Set(names.flat());
}
