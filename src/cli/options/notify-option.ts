import type {Command, Option} from 'commander';
import {isAddress} from '../pipeline/notice-address.ts';
import {repeatable} from './repeatable.ts';

/** `--notify WHAT`, for commands that show a run to its end. */
export function notifyOption(program: Command): Option {
  const option = repeatable(
    '--notify <what>',
    'when the run has ended, post its outcome as JSON to an http(s) address, or run a command of the shell with it',
  );
  const collect = option.parseArg!;
  return option.argParser((word, words: readonly string[] | undefined) => {
    const fault = isAddress(word) ? addressFault(word) : undefined;
    // Not as an `InvalidArgumentError`, with which commander prints the word: it may be a secret.
    if (fault !== undefined) program.error(`error: an address of --notify ${fault}`);
    return collect(word, words);
  });
}

function addressFault(address: string): string | undefined {
  if (!URL.canParse(address)) return 'is not valid.';
  const {username, password} = new URL(address);
  return username === '' && password === '' ? undefined : 'may not contain a user or a password.';
}
