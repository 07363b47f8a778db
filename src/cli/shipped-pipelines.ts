import {existsSync, readdirSync} from 'node:fs';
import path from 'node:path';
import {closestTo} from '../base/edit-distance.ts';
import {displayPath} from '../report/text/run-place.ts';

/** Where files are looked for: the current folder, and the folder that has `pipelines`, both absolute. */
export interface FilePlace {
  readonly cwd: string;
  readonly packageRoot: string;
}

export type ShippedPipeline =
  /** Its file, as a user would type it. */
  | {readonly kind: 'shipped'; readonly file: string}
  | {readonly kind: 'unknown'; readonly suggestion: string | undefined}
  /** The word does not ask for a pipeline that comes with this program. */
  | {readonly kind: 'other'};

/** A pipeline that comes with this program is called `distillery/` and its path below `pipelines/`. */
const prefix = 'distillery/';

/**
 * The pipeline that comes with this program and is called `word`, such as `distillery/quickstart`. A file of the
 * user's of that name comes first.
 */
export function shippedPipeline(word: string, {cwd, packageRoot}: FilePlace): ShippedPipeline {
  if (!word.startsWith(prefix) || existsSync(path.resolve(cwd, word))) return {kind: 'other'};
  const name = word.replace(/\.ya?ml$/, '');
  const names = shippedNames(packageRoot);
  if (!names.includes(name)) return {kind: 'unknown', suggestion: closestTo(name, names)};
  const file = path.join(packageRoot, 'pipelines', `${name.slice(prefix.length)}.yaml`);
  return {kind: 'shipped', file: displayPath(file, cwd)};
}

/** The names of all pipelines that come with this program, sorted. */
function shippedNames(packageRoot: string): readonly string[] {
  return readdirSync(path.join(packageRoot, 'pipelines'), {recursive: true, encoding: 'utf8'})
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => prefix + file.replaceAll(path.sep, '/').replace(/\.yaml$/, ''))
    .sort();
}
