import {Option, type Command} from 'commander';
import type {ExitCode} from '../exit-codes.ts';
import {notifyOption} from '../options/notify-option.ts';
import {storeOption} from '../options/store-option.ts';
import {runHelp} from '../reading/reading-commands.ts';
import type {World} from '../world.ts';
import type {AttachOptions} from './attach-command.ts';
import type {CancelOptions} from './cancel-command.ts';

/** Declares the commands about runs on clusters. */
export function declareClusterCommands(
  program: Command,
  world: World,
  end: (code: ExitCode) => void,
): void {
  program
    .command('attach')
    .description('show a run on a cluster, as the command that started it did')
    .argument('[run]', runHelp, 'latest')
    .addOption(storeOption())
    .option('-q, --quiet', 'print results and errors only')
    .addOption(new Option('--json', 'print the events of the run, one line of JSON each'))
    .option('--open', 'show the page of the run in the browser while it goes on')
    .addOption(notifyOption(program))
    .action(async (run: string, options: AttachOptions) => {
      const {attachCommand} = await import('./attach-command.ts');
      end(await attachCommand(run, options, world));
    });
  program
    .command('cancel')
    .description('end all members of a run on a cluster at once, also those that wait')
    .argument('<run>', runHelp)
    .addOption(storeOption())
    .option('--json', 'print JSON')
    .action(async (run: string, options: CancelOptions) => {
      const {cancelCommand} = await import('./cancel-command.ts');
      end(await cancelCommand(run, options, world));
    });
}
