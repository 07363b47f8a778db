import {existsSync, readdirSync} from 'node:fs';
import path from 'node:path';
import {closestTo} from '../base/edit-distance.ts';
import {displayPath} from '../report/text/run-place.ts';

/**
 * The folders in which files are looked for: the current folder, and the folder that contains `pipelines`, both
 * absolute.
 */
export interface FilePlace {
  readonly cwd: string;
  readonly packageRoot: string;
}

export type ShippedPipeline =
  /** The path of its file, as a user would type it. */
  | {readonly kind: 'shipped'; readonly file: string}
  | {readonly kind: 'unknown'; readonly suggestion: string | undefined}
  /** The word does not name a shipped pipeline. */
  | {readonly kind: 'other'};

/** The name of a shipped pipeline is this, followed by its path below `pipelines/`. */
export const shippedPrefix = 'distillery/';

/**
 * The shipped pipeline with the name `word`, such as `distillery/quickstart`. A user's file of that name takes
 * precedence.
 */
export function shippedPipeline(word: string, {cwd, packageRoot}: FilePlace): ShippedPipeline {
  if (!word.startsWith(shippedPrefix) || existsSync(path.resolve(cwd, word)))
    return {kind: 'other'};
  const name = word.replace(suffix, '');
  const names = shippedNames(packageRoot);
  if (!names.includes(name)) return {kind: 'unknown', suggestion: closestTo(name, names)};
  return {kind: 'shipped', file: displayPath(shippedFile(name, packageRoot), cwd)};
}

const suffix = /\.ya?ml$/;

/** The path of the file of a shipped pipeline. */
export function shippedFile(name: string, packageRoot: string): string {
  const inside = name.slice(shippedPrefix.length).replace(suffix, '');
  return path.join(packageRoot, 'pipelines', `${inside}.yaml`);
}

/** The names of all shipped pipelines, sorted. */
export function shippedNames(packageRoot: string): readonly string[] {
  return readdirSync(path.join(packageRoot, 'pipelines'), {recursive: true, encoding: 'utf8'})
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => shippedPrefix + file.replaceAll(path.sep, '/').replace(/\.yaml$/, ''))
    .sort();
}
