import {constants} from 'node:fs';
import {access, readdir, stat} from 'node:fs/promises';
import path from 'node:path';
import {closestTo} from '../base/edit-distance.ts';
import {StageError} from '../contract/stage.ts';

/** Where programs are searched for if there is no PATH. */
const usualPlaces = '/usr/local/bin:/usr/bin:/bin';

export type ProgramSearch =
  | {readonly kind: 'found'; readonly path: string}
  /** With the program on the PATH that has the nearest name, if one is near. */
  | {readonly kind: 'missing'; readonly near?: string};

/** Looks for a program by the PATH; one with a `/` in its name is where it says, whether it is there or not. */
export async function searchProgram(
  name: string,
  searched: string | undefined,
): Promise<ProgramSearch> {
  if (name.includes('/')) return {kind: 'found', path: name};
  const folders = (searched ?? usualPlaces).split(path.delimiter).filter(Boolean);
  for (const folder of folders) {
    const candidate = path.resolve(folder, name);
    if (await isProgram(candidate)) return {kind: 'found', path: candidate};
  }
  const near = closestTo(name, await programsIn(folders));
  return {kind: 'missing', ...(near !== undefined && {near})};
}

/** The path of a program by the PATH; one with a `/` in its name is where it says. Rejects with a `StageError`. */
export async function findProgram(name: string, searched: string | undefined): Promise<string> {
  const found = await searchProgram(name, searched);
  if (found.kind === 'found') return found.path;
  const hint = found.near === undefined ? '' : ` Did you mean ${found.near}?`;
  throw new StageError(`There is no program ${name} on the PATH.${hint}`);
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
