import {Option, type Command} from 'commander';
import type {ExitCode} from '../exit-codes.ts';
import {engineOption} from '../options/engine-option.ts';
import {pipelineCommand, wordsOf, type Word, type Words} from '../options/pipeline-command.ts';
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
    .action(async (file: Word, selectors: Words, options: TransferOptions) => {
      const {pushCommand} = await import('./push-command.ts');
      end(await pushCommand(wordsOf(file, selectors), options, world));
    });
  transferCommand(program, 'pull', 'bring results of a pipeline from the remote cache', world)
    .addOption(new Option('--bulky', 'bring large outputs, too'))
    .action(async (file: Word, selectors: Words, options: TransferOptions) => {
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
  return pipelineCommand(program, name, description)
    .addOption(engineOption(world.offers.engines))
    .option('--json', 'print JSON');
}
