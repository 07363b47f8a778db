import path from 'node:path';
import {isSystemError} from '../../base/errno.ts';
import {readText} from '../../base/read-text.ts';
import type {RunFacts} from '../../journal/event.ts';
import type {InstanceGraph} from '../../pipeline/graph/instance.ts';
import type {World} from '../world.ts';
import {keptSources} from './kept-sources.ts';

/**
 * The facts about a run that its page tells besides the results. Environment variables are left out, since they may be
 * secret.
 */
export function runFacts(
  {file, set = [], sources}: Pick<InstanceGraph, 'file' | 'set' | 'sources'>,
  world: World,
): RunFacts {
  const commit = commitOf(path.dirname(path.resolve(world.cwd, file)));
  const model = world.findProcessor();
  return {
    version: world.findVersion(),
    node: world.nodeVersion.replace(/^v/, ''),
    processor: `${model === '' ? world.platform : model}, ${world.cores} cores`,
    ...(commit !== undefined && {commit}),
    set,
    ...(sources && keptSources(sources, world.cwd)),
  };
}

/** The commit that is checked out in the Git repository of a folder; `undefined`: there is none, or it cannot be read. */
export function commitOf(folder: string): string | undefined {
  const git = gitFolder(folder);
  if (git === undefined) return undefined;
  const head = textOf(path.join(git, 'HEAD'))?.trim() ?? '';
  const ref = /^ref: (refs\/[^\0]+)$/.exec(head)?.[1];
  const common = path.resolve(git, textOf(path.join(git, 'commondir'))?.trim() ?? '.');
  const id = ref === undefined ? head : (looseRef([git, common], ref) ?? packedRef(common, ref));
  return /^[0-9a-f]{40,64}$/.test(id ?? '') ? id : undefined;
}

/** The folder with the state of a repository; `.git` is a file where a repository has several working trees. */
function gitFolder(folder: string): string | undefined {
  const place = path.join(folder, '.git');
  if (textOf(path.join(place, 'HEAD')) !== undefined) return place;
  const elsewhere = /^gitdir: (.+)/.exec(textOf(place) ?? '')?.[1];
  if (elsewhere !== undefined) return path.resolve(folder, elsewhere);
  const parent = path.dirname(folder);
  return parent === folder ? undefined : gitFolder(parent);
}

function looseRef(folders: readonly string[], ref: string): string | undefined {
  const texts = folders.flatMap((folder) => textOf(path.join(folder, ref)) ?? []);
  return texts[0]?.trim();
}

function packedRef(folder: string, ref: string): string | undefined {
  const lines = textOf(path.join(folder, 'packed-refs'))?.split('\n') ?? [];
  return lines.find((line) => line.endsWith(` ${ref}`))?.split(' ')[0];
}

function textOf(file: string): string | undefined {
  try {
    return readText(file);
  } catch (error) {
    if (!isSystemError(error)) throw error;
    return undefined;
  }
}
