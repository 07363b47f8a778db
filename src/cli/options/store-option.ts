import path from 'node:path';
import {Option} from 'commander';
import type {World} from '../world.ts';

/** `--store`, for every command that reads results. `applyProject` finds the store where it is left out. */
export function storeOption(): Option {
  return new Option(
    '--store <folder>',
    'the store: the folder of results (default: that of distillery.yaml, or artifacts)',
  );
}

/** The words that name a store on a command line; none for the one that a command without a pipeline finds here. */
export function storeWords(
  store: string,
  {cwd, usualStore}: Pick<World, 'cwd' | 'usualStore'>,
): readonly string[] {
  const isUsual = path.resolve(cwd, store) === path.resolve(cwd, usualStore());
  return isUsual ? [] : ['--store', store];
}
