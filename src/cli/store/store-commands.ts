import {InvalidArgumentError, Option, type Command} from 'commander';
import {parseAge, parseBytes} from '../../report/format/bytes.ts';
import {defaultMaxAgeMs, defaultMaxBytes} from '../../store/upkeep/gc-plan.ts';
import {settingsOf} from '../command-line.ts';
import {devicesOption} from '../options/devices-option.ts';
import {engineOption, softwareOption} from '../options/engine-option.ts';
import type {ExitCode} from '../exit-codes.ts';
import type {GcOptions} from './gc-command.ts';
import {jobsOption} from '../options/jobs-option.ts';
import {paramsOptions} from '../options/params-options.ts';
import {fileWords} from '../options/pipeline-command.ts';
import {repeatable} from '../options/repeatable.ts';
import type {PinOptions} from './pin-command.ts';
import type {RebuildOptions} from './rebuild-command.ts';
import {storeOption} from '../options/store-option.ts';
import type {VerifyOptions} from './verify-command.ts';
import type {World} from '../world.ts';

/** Declares the commands that maintain a store. */
export function declareStoreCommands(
  program: Command,
  world: World,
  end: (code: ExitCode) => void,
): void {
  program
    .command('gc')
    .description('remove results that were not used for long, or take too much space')
    .addOption(storeOption())
    .addOption(
      new Option(
        '--max-age <time>',
        'remove results that were not used for longer than this: 12h, 30d, 4w',
      )
        .argParser(parseWith(parseAge, 'a time such as 12h, 30d or 4w'))
        .default(defaultMaxAgeMs, '30d'),
    )
    .addOption(
      new Option(
        '--max-size <size>',
        'remove the least recently used results until artifacts take at most this much',
      )
        .argParser(parseWith(parseBytes, 'a size such as 500MB, 100GB or 2TB'))
        .default(defaultMaxBytes, '100GB'),
    )
    .option('--runs', 'remove old runs with their results and reports, too')
    .option('--dry-run', 'print what would be removed, and why; remove nothing')
    .option('--json', 'print JSON')
    .action(async (options: GcOptions) => {
      const {gcCommand} = await import('./gc-command.ts');
      end(await gcCommand(options, world));
    });
  runCommand(program, 'pin', 'protect everything that a run used or made from gc').action(
    async (run: string, options: PinOptions) => {
      const {pinCommand} = await import('./pin-command.ts');
      end(await pinCommand(run, {...options, pinned: true}, world));
    },
  );
  runCommand(program, 'unpin', 'end the protection of a run from gc').action(
    async (run: string, options: PinOptions) => {
      const {pinCommand} = await import('./pin-command.ts');
      end(await pinCommand(run, {...options, pinned: false}, world));
    },
  );
  declareVerify(program, world, end);
}

function declareVerify(program: Command, world: World, end: (code: ExitCode) => void): void {
  const command = program
    .command('verify')
    .description('read every byte of the store, and report everything that is not as it was stored')
    .addOption(storeOption())
    .option('--repair', 'set damaged files aside; the next run makes them again')
    .option('--json', 'print JSON; with --rebuild: a line for each output, and one for the end')
    .argument('[file]', `with --rebuild: ${fileWords}`)
    .addOption(
      repeatable('--rebuild <selector>', 'run these stored instances again, and compare').conflicts(
        'repair',
      ),
    );
  for (const option of paramsOptions()) command.addOption(withRebuild(option));
  command
    .addOption(
      new Option(
        '--tolerance <number>',
        'with --rebuild: the largest allowed difference of numbers',
      )
        .argParser(parseWith(parseTolerance, 'a number ≥ 0'))
        .default(0),
    )
    .addOption(withRebuild(engineOption(world.offers.engines)))
    .addOption(withRebuild(softwareOption()))
    .addOption(withRebuild(jobsOption()))
    .addOption(withRebuild(devicesOption()));
  const settings = settingsOf(command);
  command.action(async (file: string | undefined, options: VerifyOptions) => {
    if (command.getOptionValue('rebuild') === undefined) {
      refuseRebuildOptions(file, command);
      const {verifyCommand} = await import('./verify-command.ts');
      end(await verifyCommand(options, world));
      return;
    }
    const {rebuildCommand} = await import('./rebuild-command.ts');
    const given = {...command.opts<RebuildOptions>(), settings};
    end(await rebuildCommand(file === undefined ? [] : [file], given, world));
  });
}

function withRebuild(option: Option): Option {
  option.description = `with --rebuild: ${option.description}`;
  return option;
}

/** Refuses options of a rebuild without `--rebuild`, since they would be ignored. */
function refuseRebuildOptions(file: string | undefined, command: Command): void {
  const stray = command.options.find(
    (option) =>
      option.description.startsWith('with --rebuild:') &&
      command.getOptionValueSource(option.attributeName()) === 'cli',
  );
  const what = stray?.long ?? file;
  if (what !== undefined)
    command.error(`error: ${what} needs --rebuild; without it, verify reads the whole store.`);
}

function runCommand(program: Command, name: string, description: string): Command {
  return program
    .command(name)
    .description(description)
    .argument('<run>', "a run's name, an unambiguous part of it, or latest")
    .addOption(storeOption())
    .option('--json', 'print JSON');
}

function parseWith(
  parse: (text: string) => number | undefined,
  expected: string,
): (text: string) => number {
  return (text) => {
    const value = parse(text);
    if (value === undefined) throw new InvalidArgumentError(`It must be ${expected}.`);
    return value;
  };
}

function parseTolerance(text: string): number | undefined {
  const number = Number(text);
  return text.trim() !== '' && number >= 0 ? number : undefined;
}
