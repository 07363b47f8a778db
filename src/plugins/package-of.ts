import {readFileSync} from 'node:fs';
import path from 'node:path';
import {isSystemError} from '../base/errno.ts';
import type {Json} from '../base/json.ts';

/** A package, according to its package.json. */
export interface Package {
  /** Absolute path of its folder. */
  readonly folder: string;
  readonly name: string;
  /** `''`: it has none. */
  readonly version: string;
  readonly exports: Json | undefined;
}

/** The named package that contains a file, if there is one. */
export function packageAbove(file: string): Package | undefined {
  for (const folder of foldersAbove(file)) {
    const found = readPackage(folder);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The package that an import from a file would resolve to: the nearest in a `node_modules` of its folder or above. */
export function packageNamed(name: string, from: string): Package | undefined {
  for (const folder of foldersAbove(from)) {
    const found = readPackage(path.join(folder, 'node_modules', name));
    if (found !== undefined) return {...found, name};
  }
  return undefined;
}

function foldersAbove(file: string): readonly string[] {
  const folders: string[] = [];
  for (let folder = path.dirname(file); ; folder = path.dirname(folder)) {
    folders.push(folder);
    if (folder === path.dirname(folder)) return folders;
  }
}

function readPackage(folder: string): Package | undefined {
  try {
    const manifest = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')) as {
      readonly name?: Json;
      readonly version?: Json;
      readonly exports?: Json;
    } | null;
    if (typeof manifest?.name !== 'string') return undefined;
    const {name, version, exports} = manifest;
    return {folder, name, version: typeof version === 'string' ? version : '', exports};
  } catch (error) {
    if (isSystemError(error) || error instanceof SyntaxError) return undefined;
    throw error;
  }
}
