import {InvalidArgumentError, Option, type Command} from 'commander';
import {parseCondition, type Condition} from '../../compare/choose-runs.ts';
import {repeatable} from '../options/repeatable.ts';
import type {CompareOptions} from './compare-command.ts';
import type {RunsOptions} from './runs-command.ts';
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
  declareRuns(program, world, end);
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
    .description('show the state of a run, and how to continue it (`pipeline runs` lists all)')
    .argument('[run]', runHelp, 'latest')
    .addOption(storeOption())
    .option('--json', 'print everything as JSON')
    .action(async (run: string, options: StatusOptions) => {
      const {statusCommand} = await import('./status-command.ts');
      end(await statusCommand(run, options, world));
    });
}

function declareRuns(program: Command, world: World, end: (code: ExitCode) => void): void {
  program
    .command('compare')
    .description('show runs beside each other: parameters that differ, numbers, shared results')
    .argument('<runs...>', runHelp)
    .addOption(storeOption())
    .addOption(metricOption())
    .option('--json', 'print JSON')
    .action(async (runs: readonly string[], options: CompareOptions) => {
      const {compareCommand} = await import('./compare-command.ts');
      end(await compareCommand(runs, options, world));
    });
  program
    .command('runs')
    .description('list runs with what was set and a metric, the newest first')
    .addOption(storeOption())
    .addOption(metricOption())
    .option(
      '--sort <column>',
      'sort by age, took, run, pipeline, outcome, a parameter, or a metric: the best first (default: age)',
    )
    .option('--reverse', 'the other way round')
    .addOption(filterOption())
    .option(
      '-n, --limit <n>',
      'show at most n runs (default: 20 at a terminal, otherwise all)',
      parseRows,
    )
    .option('--json', 'print a line of JSON for each run')
    .action(async (options: RunsOptions) => {
      const {runsCommand} = await import('./runs-command.ts');
      end(await runsCommand(options, world));
    });
}

function metricOption(): Option {
  return repeatable(
    '--metric <metric>',
    'a number to show: stage.output.column, or the column of a headline, such as accuracy',
  );
}

function filterOption(): Option {
  const description =
    "only runs that meet it: 'outcome=ok', 'epochs>=10', 'pipeline=*ipc1*', 'age<7d', 'rate=1|2' (may be repeated)";
  return new Option('--filter <condition>', description).argParser(
    (word, conditions: readonly Condition[] | undefined) => {
      const condition = parseCondition(word);
      if (condition !== undefined) return [...(conditions ?? []), condition];
      throw new InvalidArgumentError(
        'It must be a name, one of = != < <= > >=, and a value: a number, or for an age a time such as 7d.',
      );
    },
  );
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
