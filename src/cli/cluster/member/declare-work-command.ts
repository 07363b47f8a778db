import {Option, type Command} from 'commander';
import type {ExitCode} from '../../exit-codes.ts';
import {devicesOption} from '../../options/devices-option.ts';
import {jobsOption} from '../../options/jobs-option.ts';
import type {World} from '../../world.ts';
import type {WorkOptions} from './perform-work.ts';

/** Declares the command that allocations of a cluster run. Users do not type it, so that no help shows it. */
export function declareWorkCommand(
  program: Command,
  world: World,
  end: (code: ExitCode) => void,
): void {
  program
    .command('work', {hidden: true})
    .description('compute a part of a run on a cluster')
    .argument('<run>', 'the name of the run')
    .option('--store <folder>', undefined, 'artifacts')
    .addOption(new Option('--pool <name>', 'the pool of this member').makeOptionMandatory())
    .addOption(jobsOption())
    .addOption(devicesOption())
    .action(async (run: string, options: WorkOptions) => {
      const {workCommand} = await import('./work-command.ts');
      end(await workCommand(run, options, world));
    });
}
