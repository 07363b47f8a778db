import {existsSync} from 'node:fs';
import path from 'node:path';
import {quoteWord} from '../../base/quote-word.ts';
import {displayPath} from '../../report/text/run-place.ts';
import {storeFilePath} from '../../store/layout.ts';
import type {StoreSetting} from './settings.ts';

/** The usual name of a store. */
const usualStore = 'artifacts';

/** A store, and the stores that could have been meant. */
export interface StoreChoice {
  /** As a user would type it. */
  readonly store: string;
  /** The file that names it, as it is shown. Absent: it was found. */
  readonly by?: string;
  /** Other stores that exist, as a user would type them. */
  readonly others: readonly string[];
}

/**
 * The store of a command line without `--store`: the project's; otherwise `artifacts` in the current folder if it is a
 * store, or beside the pipeline file if it is one there; otherwise a new one in the current folder.
 * @param told.store that of the project
 * @param told.pipeline the pipeline file, as the user named it
 */
export function chooseStore(
  {store, pipeline}: {readonly store?: StoreSetting; readonly pipeline?: string},
  cwd: string,
): StoreChoice {
  const here = path.join(cwd, usualStore);
  const beside =
    pipeline === undefined
      ? here
      : path.join(path.dirname(path.resolve(cwd, pipeline)), usualStore);
  const existing = [...new Set([here, beside])].filter(isStore);
  const chosen = store?.folder ?? existing[0] ?? here;
  const shown = (folder: string): string => displayPath(folder, cwd);
  return {
    store: shown(chosen),
    ...(store !== undefined && {by: store.by}),
    others: existing.filter((folder) => folder !== chosen).map(shown),
  };
}

/** A line about stores that were passed over, if there are any. */
export function passedOverLines({store, by, others}: StoreChoice): readonly string[] {
  if (others.length === 0) return [];
  const why = by === undefined ? '' : `, as ${by} says`;
  const [first] = others;
  const options = others.map((other) => `--store ${quoteWord(other)}`).join(' or ');
  const what = others.length === 1 ? `${first!} is another` : `${others.join(' and ')} are others`;
  const which = others.length === 1 ? 'it' : 'one';
  return [`The store is ${store}${why}; ${what}: ${options} chooses ${which}.`];
}

function isStore(root: string): boolean {
  return existsSync(storeFilePath({root}));
}
