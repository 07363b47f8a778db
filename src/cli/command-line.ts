import type {Option} from 'commander';
import type {Instance} from '../pipeline/graph/instance.ts';
import {quoteWord} from '../report/format/quote-word.ts';

/** How the program was called, for telling how to call it again. */
export interface CommandLine {
  /** As a user types it, such as `npx pipeline`. */
  readonly program: string;
  /** What follows it: the command and everything after that. */
  readonly words: readonly string[];
}

/** The whole command line, for a POSIX shell. */
export function sameAgain({program, words}: CommandLine): string {
  return [program, ...words.map(quoteWord)].join(' ');
}

/** The command line that runs one instance, and what it needs, with the same settings. */
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

/** What was typed, but for what says which instances: selectors, `--until`, `--force` and `--rebuild`. */
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

/** Of the words that belong to no option, the pipeline file stays, and what is written as an option is, as in `-j2`. */
function isKept(word: string): boolean {
  return word.startsWith('-') || /\.ya?ml$/.test(word);
}
