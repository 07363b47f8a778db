import type {Command} from 'commander';
import type {ExitCode} from '../exit-codes.ts';
import {storeOption} from '../options/store-option.ts';
import {runHelp} from '../reading/reading-commands.ts';
import type {World} from '../world.ts';
import type {RemoveOptions} from './remove-command.ts';
import type {StopOptions} from './stop-command.ts';

/** Declares the commands that stop and remove runs. */
export function declareRunsCommands(
  program: Command,
  world: World,
  end: (code: ExitCode) => void,
): void {
  program
    .command('stop')
    .description('ask a run to save checkpoints and stop, as Ctrl-C does, and wait for its end')
    .argument('[run]', `${runHelp} (default: the only run that goes on)`)
    .addOption(storeOption())
    .option('--now', 'end the run at once, as a second Ctrl-C does')
    .option('--json', 'print JSON')
    .action(async (run: string | undefined, options: StopOptions) => {
      const {stopCommand} = await import('./stop-command.ts');
      end(await stopCommand(run, options, world));
    });
  program
    .command('rm')
    .description('remove the journals, logs, results and reports of runs; stored results stay')
    .argument('<runs...>', runHelp)
    .addOption(storeOption())
    .option('--dry-run', 'print what would be removed; remove nothing')
    .option('--json', 'print JSON')
    .action(async (runs: readonly string[], options: RemoveOptions) => {
      const {removeCommand} = await import('./remove-command.ts');
      end(await removeCommand(runs, options, world));
    });
}
