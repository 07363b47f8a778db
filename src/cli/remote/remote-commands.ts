import {Option, type Command} from 'commander';
import type {ExitCode} from '../exit-codes.ts';
import {engineOption} from '../options/engine-option.ts';
import {repeatable} from '../options/repeatable.ts';
import {storeOption} from '../options/store-option.ts';
import type {World} from '../world.ts';
import type {KeyOptions} from './key-command.ts';
import type {TransferOptions} from './transfer-target.ts';

/** Declares the commands that share results with other machines. */
export function declareRemoteCommands(
  program: Command,
  world: World,
  end: (code: ExitCode) => void,
): void {
  transferCommand(program, 'push', 'put stored results of a pipeline into the remote cache', world)
    .addOption(new Option('--bulky', 'put large outputs there, too'))
    .action(async (file: Word, selectors: readonly string[], options: TransferOptions) => {
      const {pushCommand} = await import('./push-command.ts');
      end(await pushCommand(wordsOf(file, selectors), options, world));
    });
  transferCommand(program, 'pull', 'bring results of a pipeline from the remote cache', world)
    .addOption(new Option('--bulky', 'bring large outputs, too'))
    .action(async (file: Word, selectors: readonly string[], options: TransferOptions) => {
      const {pullCommand} = await import('./pull-command.ts');
      end(await pullCommand(wordsOf(file, selectors), options, world));
    });
  const key = program.command('key').description('make keys that sign results');
  key
    .command('new')
    .description('make a key, and print what the configurations of others need to trust it')
    .argument('<name>', 'the name that results are signed with, such as lab-2026')
    .option('--json', 'print JSON')
    .action(async (name: string, options: KeyOptions) => {
      const {keyCommand} = await import('./key-command.ts');
      end(await keyCommand(name, options, world));
    });
}

function transferCommand(
  program: Command,
  name: string,
  description: string,
  world: World,
): Command {
  return program
    .command(name)
    .description(description)
    .argument('[file]', 'the pipeline file, ending in .yaml or .yml (default: pipeline.yaml)')
    .argument('[selectors...]', 'these instances and everything they need (default: all)')
    .addOption(storeOption())
    .addOption(repeatable('--set <name=value>', 'override a parameter of the pipeline'))
    .addOption(engineOption(world.offers.engines))
    .option('--json', 'print JSON');
}

type Word = string | undefined;

function wordsOf(file: Word, selectors: readonly string[]): readonly string[] {
  return file === undefined ? selectors : [file, ...selectors];
}
