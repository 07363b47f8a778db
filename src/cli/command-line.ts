import type {Command} from 'commander';
import {quoteWord} from '../base/quote-word.ts';

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

/**
 * The words that give a command the options again that it was given, all but those that say which instances, and
 * those about the whole run. They are there once commander has read the command line.
 */
export function settingsOf(command: Command): readonly string[] {
  const words: string[] = [];
  for (const option of command.options) {
    const {long, short, required} = option;
    if (choosing.has(long)) continue;
    // commander tells of each option as it was typed, in the order of the command line.
    command.on(`option:${option.name()}`, (value: string) => {
      words.push((short ?? long)!, ...(required ? [value] : []));
    });
  }
  return words;
}

const choosing: ReadonlySet<string | undefined> = new Set([
  '--until',
  '--force',
  '--rebuild',
  '--detach',
  '--dry-run',
  '--notify',
]);

/** Words without an option that has a value: `--notify X` or `--notify=X`. */
export function without(option: string, words: readonly string[]): readonly string[] {
  return words.filter(
    (word, index) =>
      word !== option && words[index - 1] !== option && !word.startsWith(`${option}=`),
  );
}
