import {Option} from 'commander';

const usualStore = 'artifacts';

/** `--store`, as every command that looks at results has it. */
export function storeOption(): Option {
  return new Option('--store <folder>', 'the store: the folder of results').default(usualStore);
}

/** The words that name a store on a command line; none for the usual one. */
export function storeWords(store: string): readonly string[] {
  return store === usualStore ? [] : ['--store', store];
}
