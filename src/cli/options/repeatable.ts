import {Option} from 'commander';

/** An option that may be given several times; its value is all of them, in order. */
export function repeatable(flags: string, description: string): Option {
  return new Option(flags, `${description} (may be repeated)`).argParser(
    (word, words: readonly string[] | undefined) => [...(words ?? []), word],
  );
}
