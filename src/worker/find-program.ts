import {constants} from 'node:fs';
import {access, readdir, stat} from 'node:fs/promises';
import path from 'node:path';
import {closestTo} from '../base/edit-distance.ts';
import {StageError} from '../contract/stage.ts';

/** Where programs are searched for if there is no PATH. */
const usualPlaces = '/usr/local/bin:/usr/bin:/bin';

/** The path of a program, searched for in the PATH unless its name contains a `/`. Rejects with a `StageError`. */
export async function findProgram(name: string, searched: string | undefined): Promise<string> {
  if (name.includes('/')) return name;
  const folders = (searched ?? usualPlaces).split(path.delimiter).filter(Boolean);
  for (const folder of folders) {
    const candidate = path.resolve(folder, name);
    if (await isProgram(candidate)) return candidate;
  }
  const near = closestTo(name, await programsIn(folders));
  const hint = near === undefined ? '' : ` Did you mean ${near}?`;
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
