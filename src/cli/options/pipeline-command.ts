import type {Command} from 'commander';
import {paramsOptions} from './params-options.ts';
import {storeOption} from './store-option.ts';

/** Describes the argument `[file]` for `--help`. */
export const fileWords = 'the pipeline file, ending in .yaml or .yml (default: pipeline.yaml)';

/** Declares a command with `[FILE] [SELECTOR…]` in any order; `target.ts` separates them. */
export function pipelineCommand(program: Command, name: string, description: string): Command {
  const command = program
    .command(name)
    .description(description)
    .argument('[file]', fileWords)
    .argument(
      '[selectors...]',
      'stage or stage[axis=value|value,…]: these instances and everything they need',
    )
    .addOption(storeOption());
  return withParams(command);
}

/** Adds the options that set parameters. */
export function withParams(command: Command): Command {
  return paramsOptions().reduce((to, option) => to.addOption(option), command);
}

export type Word = string | undefined;
export type Words = readonly string[];

/** The words of a command line whose first is the file, if it has any. */
export function wordsOf(file: Word, selectors: Words = []): Words {
  return file === undefined ? selectors : [file, ...selectors];
}
