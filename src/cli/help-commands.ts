import type {Command} from 'commander';
import {devicesOption} from './devices-option.ts';
import {engineOption} from './engine-option.ts';
import type {ExitCode} from './exit-codes.ts';
import type {RunOptions} from './run-cli.ts';
import {storeOption} from './store-option.ts';
import type {World} from './world.ts';

/** Declares the commands that help to begin. */
export function declareHelpCommands(
  program: Command,
  world: World,
  end: (code: ExitCode) => void,
): void {
  program
    .command('doctor')
    .description('show Node.js, devices, store and engine of this machine, and why these')
    .addOption(storeOption())
    .addOption(engineOption())
    .addOption(devicesOption())
    .action(async (options: Pick<RunOptions, 'store' | 'engine' | 'devices'>) => {
      const {doctorCommand} = await import('./doctor-command.ts');
      end(await doctorCommand(options, world));
    });
  program
    .command('init')
    .description('write a first pipeline')
    .argument('[folder]', 'the folder to write to (default: the current one)')
    .action(async (folder: string | undefined) => {
      const {initCommand} = await import('./init-command.ts');
      end(await initCommand(folder, world));
    });
  program
    .command('stages')
    .description('list the stage types, or explain one')
    .argument('[type]', 'the stage type to explain')
    .option('--json', 'print contracts as JSON')
    .action(async (type: string | undefined, options: {readonly json?: true}) => {
      const {stagesCommand} = await import('./stages-command.ts');
      end(await stagesCommand(type, options, world));
    });
}
