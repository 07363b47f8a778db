import type {Option} from 'commander';
import type {Instance} from '../pipeline/graph/instance.ts';
import {quoteWord} from '../report/format/quote-word.ts';

/** The command line of this process, for messages that say how to call the program again. */
export interface CommandLine {
  /** The program as a user types it, such as `npx pipeline`. */
  readonly program: string;
  /** The words after it: the command and its arguments. */
  readonly words: readonly string[];
}

/** The whole command line, quoted for a POSIX shell. */
export function sameAgain({program, words}: CommandLine): string {
  return [program, ...words.map(quoteWord)].join(' ');
}

/** The command line that runs one instance, and everything it needs, with the same settings. */
export function onlyInstance(
  {program, words}: CommandLine,
  options: readonly Option[],
  instance: Instance,
): string {
  return sameAgain({program, words: [...settings(words, options), instance.id]});
}

/** The command line that rebuilds one instance with the same settings. */
export function onlyRebuild(
  {program, words}: CommandLine,
  options: readonly Option[],
  {id}: Instance,
): string {
  return sameAgain({program, words: [...settings(words, options), '--rebuild', id]});
}

/** The words that were typed, without those that choose instances: selectors, `--until`, `--force` and `--rebuild`. */
function settings(words: readonly string[], options: readonly Option[]): readonly string[] {
  const [command = '', ...rest] = words;
  const kept = [command];
  for (let index = 0; index < rest.length; index++) {
    const word = rest[index]!;
    const [flag] = word.split('=');
    const option = options.find(({long, short}) => flag === long || word === short);
    const takesNext = option?.required === true && word === flag;
    const said = rest.slice(index, index + (takesNext ? 2 : 1));
    if (takesNext) index++;
    const chooses = option === undefined ? !isKept(word) : choosing.has(option.long ?? '');
    if (!chooses) kept.push(...said);
  }
  return kept;
}

const choosing: ReadonlySet<string> = new Set(['--until', '--force', '--rebuild']);

/** Whether to keep a word that belongs to no option: the pipeline file, and words written like options, as `-j2`. */
function isKept(word: string): boolean {
  return word.startsWith('-') || /\.ya?ml$/.test(word);
}
