import {Option, type Command} from 'commander';
import type {ProbeOptions} from '../cluster/doctor/probe-command.ts';
import {settingsOf} from '../command-line.ts';
import {devicesOption} from '../options/devices-option.ts';
import {engineOption, softwareOption} from '../options/engine-option.ts';
import type {ExitCode} from '../exit-codes.ts';
import type {DoctorOptions} from './doctor-command.ts';
import type {InitOptions} from './init-command.ts';
import {storeOption} from '../options/store-option.ts';
import type {World} from '../world.ts';

interface DeclaredOptions extends InitOptions {
  readonly stage?: string;
  /** `true`: without a name. */
  readonly from?: string | true;
  readonly ts?: boolean;
  readonly images?: string;
  readonly npz?: string;
  readonly csv?: string;
  readonly parquet?: string;
}

/** Declares the commands for getting started. */
export function declareHelpCommands(
  program: Command,
  world: World,
  end: (code: ExitCode) => void,
): void {
  program
    .command('stages')
    .description('list the stage types, or explain one')
    .argument('[type]', 'the stage type to explain')
    .option('--json', 'print contracts as JSON')
    .action(async (type: string | undefined, options: {readonly json?: true}) => {
      const {stagesCommand} = await import('./stages-command.ts');
      end(await stagesCommand(type, options, world));
    });
  declareDoctor(program, world, end);
  declareInit(program, world, end);
}

interface DeclaredDoctorOptions extends DoctorOptions {
  readonly on?: string;
  readonly pool?: string;
}

function declareDoctor(program: Command, world: World, end: (code: ExitCode) => void): void {
  const command = program
    .command('doctor')
    .description(
      'show Node.js, devices, store and engine of this machine, and why each is as it is; with --on: find out whether members on a cluster could compute',
    )
    .addOption(storeOption())
    .addOption(engineOption(world.offers.engines))
    .addOption(softwareOption())
    .addOption(devicesOption())
    .addOption(
      new Option(
        '--on <cluster>',
        'submit a member of about a minute to each pool of a cluster: the name of a profile, or its path',
      ).conflicts(['engine', 'software', 'devices']),
    )
    .option('--pool <name>', 'with --on: submit a member to this pool only')
    .option('--json', 'print JSON');
  const settings = settingsOf(command);
  command.action(async ({on, pool, ...options}: DeclaredDoctorOptions) => {
    if (on !== undefined) {
      const {doctorOnCommand} = await import('../cluster/doctor/doctor-on-command.ts');
      end(await doctorOnCommand({...options, on, settings, ...(pool && {pool})}, world));
      return;
    }
    if (pool !== undefined) program.error('error: --pool needs --on');
    const {doctorCommand} = await import('./doctor-command.ts');
    end(await doctorCommand(options, world));
  });
  program
    .command('probe', {hidden: true})
    .argument('<name>')
    .requiredOption('--store <folder>')
    .requiredOption('--pool <name>')
    .addOption(devicesOption())
    .action(async (name: string, options: ProbeOptions) => {
      const {probeCommand} = await import('../cluster/doctor/probe-command.ts');
      end(await probeCommand(name, options, world));
    });
}

function declareInit(program: Command, world: World, end: (code: ExitCode) => void): void {
  program
    .command('init')
    .description('write a first pipeline')
    .argument('[folder]', 'the folder to write to (default: the current one)')
    .option(
      '--from [name]',
      'copy a pipeline that comes with this program, such as quickstart, and what it uses; without a name, list them',
    )
    .option('--stage <name>', 'write a template of your own stage type instead')
    .option('--ts', 'with --stage: write TypeScript instead of JavaScript')
    .option('--images <folder>', 'write a pipeline for your own pictures: a folder, or an archive')
    .option('--npz <file>', 'write a pipeline for arrays of NumPy: .npz, .npy or a folder of .npy')
    .option('--csv <file>', 'write a pipeline for a table of pixels')
    .option('--parquet <file>', 'write a pipeline for a Parquet file, or a folder of them')
    .option('--json', 'print JSON')
    .action(async (folder: string | undefined, options: DeclaredOptions) => {
      const {stage, ts = false} = options;
      if (ts && stage === undefined) program.error('error: --ts needs --stage');
      const data = [options.images, options.npz, options.csv, options.parquet].filter(
        (given) => given !== undefined,
      );
      const {from} = options;
      if (data.length + [stage, from].filter((given) => given !== undefined).length > 1) {
        program.error(
          'error: --from, --stage, --images, --npz, --csv and --parquet exclude each other',
        );
      }
      if (from !== undefined) {
        const {initFromCommand} = await import('./init-from-command.ts');
        end(await initFromCommand(folder, from, options, world));
        return;
      }
      const {initCommand} = await import('./init-command.ts');
      const {initStageCommand} = await import('./init-stage-command.ts');
      const {initOwnDataCommand} = await import('./init-own-data-command.ts');
      if (stage !== undefined) end(await initStageCommand(folder, {...options, stage, ts}, world));
      else if (data[0] !== undefined)
        end(await initOwnDataCommand(folder, data[0], options, world));
      else end(await initCommand(folder, options, world));
    });
}
