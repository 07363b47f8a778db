import {Option} from 'commander';

/** `--store`, as every command that looks at results has it. */
export function storeOption(): Option {
  return new Option('--store <folder>', 'where results are kept').default('artifacts');
}
