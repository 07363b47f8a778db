import {Option} from 'commander';

const usualStore = 'artifacts';

/** `--store`, for every command that reads results. */
export function storeOption(): Option {
  return new Option('--store <folder>', 'the store: the folder of results').default(usualStore);
}

/** The words that name a store on a command line; none for the default one. */
export function storeWords(store: string): readonly string[] {
  return store === usualStore ? [] : ['--store', store];
}
