import {InvalidArgumentError, type Command} from 'commander';
import type {DiffOptions} from './diff-command.ts';
import type {LogsOptions} from './logs-command.ts';
import type {ShowOptions} from './show-command.ts';
import type {StatusOptions} from './status-command.ts';
import {storeOption} from './store-option.ts';
import type {ExitCode} from './exit-codes.ts';
import type {World} from './world.ts';

/** Declares the commands that read runs and results. They write nothing to the store. */
export function declareReadingCommands(
  program: Command,
  world: World,
  end: (code: ExitCode) => void,
): void {
  program
    .command('diff')
    .description('show in what two runs, results or artifacts differ (exit code 1: they do)')
    .argument('<a>', whatHelp)
    .argument('<b>', 'the same')
    .addOption(storeOption())
    .action(async (a: string, b: string, options: DiffOptions) => {
      const {diffCommand} = await import('./diff-command.ts');
      end(await diffCommand([a, b], options, world));
    });
  program
    .command('logs')
    .description('show what the instances of a run wrote')
    .argument('[run]', `${runHelp}; or the first selector`)
    .argument('[selectors...]', 'stage or stage[axis=value|value,…]: only these')
    .addOption(storeOption())
    .option('-f, --follow', 'go on until the run has ended')
    .action(async (run: string | undefined, selectors: readonly string[], options: LogsOptions) => {
      const {logsCommand} = await import('./logs-command.ts');
      end(await logsCommand([...(run === undefined ? [] : [run]), ...selectors], options, world));
    });
  program
    .command('show')
    .description('show a result, what an artifact or a file is made of, or a run')
    .argument('<what>', whatHelp)
    .addOption(storeOption())
    .option('--rows <n>', 'how many rows of a table to show', parseRows, 10)
    .option('--json', 'print all that is known, as JSON')
    .action(async (what: string, options: ShowOptions) => {
      const {showCommand} = await import('./show-command.ts');
      end(await showCommand(what, options, world));
    });
  program
    .command('status')
    .description('show how a run stands or went, and how to go on')
    .argument('[run]', runHelp, 'latest')
    .addOption(storeOption())
    .option('-a, --all', 'show all runs, a line each')
    .option('--json', 'print all that is known, as JSON')
    .action(async (run: string, options: StatusOptions) => {
      const {statusCommand} = await import('./status-command.ts');
      end(await statusCommand(run, options, world));
    });
}

/** What `[run]` may be. */
export const runHelp = "a run's name, a part of it that no other has, or latest";

const whatHelp =
  'instance, instance.output, instance.output[n], first digits of a digest or a key (at least 6), path of a file, or run';

function parseRows(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 0) {
    throw new InvalidArgumentError('It must be an integer ≥ 0.');
  }
  return count;
}
