import {InvalidArgumentError, type Command} from 'commander';
import type {DiffOptions} from './diff-command.ts';
import type {LogsOptions} from './logs-command.ts';
import type {ShowOptions} from './show-command.ts';
import type {StatusOptions} from './status-command.ts';
import {storeOption} from '../options/store-option.ts';
import type {ExitCode} from '../exit-codes.ts';
import type {World} from '../world.ts';

/** Declares the commands that read runs and results. They write nothing to the store. */
export function declareReadingCommands(
  program: Command,
  world: World,
  end: (code: ExitCode) => void,
): void {
  program
    .command('diff')
    .description('show how two runs, results or artifacts differ (exit code 1: they differ)')
    .argument('<a>', whatHelp)
    .argument('<b>', 'the same')
    .addOption(storeOption())
    .option('--json', 'print JSON')
    .action(async (a: string, b: string, options: DiffOptions) => {
      const {diffCommand} = await import('./diff-command.ts');
      end(await diffCommand([a, b], options, world));
    });
  program
    .command('logs')
    .description('show the output of the instances of a run')
    .argument('[run]', `${runHelp}; or the first selector`)
    .argument('[selectors...]', 'stage or stage[axis=value|value,…]: only these instances')
    .addOption(storeOption())
    .option('-f, --follow', 'print what is added, until the run has ended')
    .option('--json', 'print a line of JSON for every line of a log')
    .action(async (run: string | undefined, selectors: readonly string[], options: LogsOptions) => {
      const {logsCommand} = await import('./logs-command.ts');
      end(await logsCommand([...(run === undefined ? [] : [run]), ...selectors], options, world));
    });
  program
    .command('show')
    .description('show a result, the content of an artifact or a file, or a run')
    .argument('<what>', whatHelp)
    .addOption(storeOption())
    .option('--rows <n>', 'how many rows of a table to show', parseRows, 10)
    .option('--json', 'print everything as JSON')
    .action(async (what: string, options: ShowOptions) => {
      const {showCommand} = await import('./show-command.ts');
      end(await showCommand(what, options, world));
    });
  program
    .command('status')
    .description('show the state of a run, and how to continue it')
    .argument('[run]', runHelp, 'latest')
    .addOption(storeOption())
    .option('-a, --all', 'show all runs, one line each')
    .option('--json', 'print everything as JSON')
    .action(async (run: string, options: StatusOptions) => {
      const {statusCommand} = await import('./status-command.ts');
      end(await statusCommand(run, options, world));
    });
}

/** The meaning of `[run]`. */
export const runHelp = "a run's name, an unambiguous part of it, or latest";

const whatHelp =
  'instance, instance.output, instance.output[n], the first digits of a digest or a key (at least 6), the path of a file, or a run';

function parseRows(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 0) {
    throw new InvalidArgumentError('It must be an integer ≥ 0.');
  }
  return count;
}
