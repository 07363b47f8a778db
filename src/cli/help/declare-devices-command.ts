import type {Command} from 'commander';
import type {ExitCode} from '../exit-codes.ts';
import {devicesOption, type DevicesOptions} from '../options/devices-option.ts';
import type {World} from '../world.ts';

/** Declares `pipeline devices`. */
export function declareDevicesCommand(
  program: Command,
  world: World,
  end: (code: ExitCode) => void,
): void {
  program
    .command('devices')
    .description(
      'show the devices of this machine, how they were found, and which process holds which GPU',
    )
    .addOption(devicesOption())
    .option('--json', 'print JSON')
    .action(async (options: DevicesOptions & {readonly json?: true}) => {
      const {devicesCommand} = await import('./devices-command.ts');
      end(await devicesCommand(options, world));
    });
}
