import {InvalidArgumentError, Option, type Command} from 'commander';
import type {ExitCode} from '../exit-codes.ts';
import {runHelp} from '../reading/reading-commands.ts';
import type {ReportOptions} from './report-command.ts';
import {storeOption} from '../options/store-option.ts';
import type {UiOptions} from './ui-command.ts';
import type {World} from '../world.ts';

/** Declares the commands that show a run as a page. */
export function declarePageCommands(
  program: Command,
  world: World,
  end: (code: ExitCode) => void,
): void {
  program
    .command('report')
    .description('write a run, or several beside each other, as one HTML page')
    .argument('[runs...]', `${runHelp} (default: latest)`)
    .addOption(storeOption())
    .option(
      '-o, --output <file>',
      "the file to write (default: report.html, or comparison.html, in the first run's folder)",
    )
    .option('--open', 'show the page in the browser')
    .option('--json', 'print JSON')
    .action(async (runs: readonly string[], options: ReportOptions) => {
      const {reportCommand} = await import('./report-command.ts');
      end(await reportCommand(runs, options, world));
    });
  program
    .command('ui')
    .description(
      'show runs in the browser: all, one, or several beside each other, updated while they go on',
    )
    .argument('[runs...]', `${runHelp} (default: a list of all)`)
    .addOption(storeOption())
    .addOption(
      new Option('--port <n>', 'the port to listen on')
        .argParser(parsePort)
        .default(0, 'any free one'),
    )
    .option('--no-open', 'only print the address')
    .action(async (runs: readonly string[], options: UiOptions) => {
      const {uiCommand} = await import('./ui-command.ts');
      end(await uiCommand(runs, options, world));
    });
}

function parsePort(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new InvalidArgumentError('It must be an integer from 0 to 65535.');
  }
  return port;
}
