import {existsSync} from 'node:fs';
import path from 'node:path';
import {digestOf, type Digest} from '../../base/digest.ts';
import {lockPathOf} from '../../pipeline/lock/lock.ts';
import {findFile} from '../find-file.ts';
import type {RunOptions} from '../options/pipeline-options.ts';
import type {World} from '../world.ts';

/**
 * The digest of what a command line asks for, and of which program: of all that decides which instances a pipeline has
 * and how they are keyed, besides its files and variables. `undefined`: such a run is not repeated, since it is forced,
 * another program reads what it prints, or it has a lock, plugins, or a remote cache.
 */
export function repeatRequest(
  words: readonly string[],
  options: RunOptions,
  world: World,
): Digest | undefined {
  const build = world.findBuild();
  const found = findFile(words, world);
  if (build === undefined || found.kind === 'none' || !isPlain(options, world)) return undefined;
  const {file, selectors} = found;
  const {set = [], paramsFile = [], until = [], engine, stored = false, lock} = options;
  const {cwd, registryModule} = world;
  if (lock !== false && existsSync(path.resolve(cwd, lockPathOf(file)))) return undefined;
  const asked = {file, selectors, set, paramsFile, until, engine, stored};
  return digestOf(JSON.stringify([build, registryModule, cwd, asked]));
}

/** Whether a run is not forced, only prints what it did, and uses nothing but this program and the store. */
function isPlain(options: RunOptions, {detachedRun}: World): boolean {
  const {force = [], json, open, detach, notify = [], project, remote} = options;
  const isWatched = json === true || open === true || detach === true || notify.length > 0;
  const isLocal = remote === false || project.remote === undefined;
  const isAlone = project.plugins.length === 0 && isLocal && detachedRun === undefined;
  return force.length === 0 && !isWatched && isAlone;
}
