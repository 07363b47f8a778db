import {InvalidArgumentError, Option, type Command} from 'commander';
import {isGpuToken} from '../../executors/local/gpu-token.ts';
import type {ExitCode} from '../exit-codes.ts';
import type {World} from '../world.ts';

/** The value of `--devices`. */
export interface DevicesOptions {
  /** The GPUs that may be used; empty: none. Absent: those that are discovered. */
  readonly devices?: readonly string[];
}

/** `--devices`, for every command that looks for GPUs. */
export function devicesOption(): Option {
  return new Option(
    '--devices <list>',
    'GPUs to use: 0,2 or UUIDs, or none (default: all that are found)',
  ).argParser(parseDevices);
}

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
      const {devicesCommand} = await import('../help/devices-command.ts');
      end(await devicesCommand(options, world));
    });
}

function parseDevices(text: string): readonly string[] {
  if (['none', 'cpu'].includes(text)) return [];
  const tokens = text.split(',').map((token) => token.trim());
  const stray = tokens.find((token) => !isGpuToken(token));
  if (stray === undefined) return tokens;
  throw new InvalidArgumentError(
    `It takes indices and UUIDs that begin with GPU- or MIG-, or none; ${JSON.stringify(stray)} is none of them.`,
  );
}
