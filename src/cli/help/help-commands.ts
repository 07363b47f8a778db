import type {Command} from 'commander';
import {devicesOption} from '../options/devices-option.ts';
import {engineOption} from '../options/engine-option.ts';
import type {ExitCode} from '../exit-codes.ts';
import type {RunOptions} from '../options/pipeline-options.ts';
import {storeOption} from '../options/store-option.ts';
import type {World} from '../world.ts';

interface InitOptions {
  readonly stage?: string;
  readonly ts?: boolean;
}

/** Declares the commands for getting started. */
export function declareHelpCommands(
  program: Command,
  world: World,
  end: (code: ExitCode) => void,
): void {
  program
    .command('doctor')
    .description('show Node.js, devices, store and engine of this machine, with the reasons')
    .addOption(storeOption())
    .addOption(engineOption(world.offers.engines))
    .addOption(devicesOption())
    .action(async (options: Pick<RunOptions, 'store' | 'engine' | 'devices'>) => {
      const {doctorCommand} = await import('./doctor-command.ts');
      end(await doctorCommand(options, world));
    });
  program
    .command('init')
    .description('write a first pipeline')
    .argument('[folder]', 'the folder to write to (default: the current one)')
    .option('--stage <name>', 'write a template of your own stage type instead')
    .option('--ts', 'with --stage: write TypeScript instead of JavaScript')
    .action(async (folder: string | undefined, {stage, ts = false}: InitOptions) => {
      if (ts && stage === undefined) program.error('error: --ts needs --stage');
      const {initCommand} = await import('./init-command.ts');
      const {initStageCommand} = await import('./init-stage-command.ts');
      end(
        stage === undefined
          ? await initCommand(folder, world)
          : await initStageCommand(folder, {stage, ts}, world),
      );
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
