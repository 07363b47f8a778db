import {Argument, type Command} from 'commander';
import type {ExitCode} from '../exit-codes.ts';
import type {World} from '../world.ts';
import {installLines, shells, type Shell} from './scripts.ts';

/** Declares `pipeline completion`, and what its scripts call. */
export function declareCompletionCommands(
  program: Command,
  world: World,
  end: (code: ExitCode) => void,
): void {
  program
    .command('completion')
    .description('print the script that makes a shell complete commands, files, stages and runs')
    .addArgument(new Argument('<shell>', 'the shell').choices(shells))
    .addHelpText('after', `\nTo have it in every shell from now on:\n${installation}`)
    .action(async (shell: Shell) => {
      const {completionCommand} = await import('./completion-command.ts');
      end(completionCommand(shell, world));
    });
  program
    .command('complete', {hidden: true})
    .argument('<words...>')
    .allowUnknownOption()
    .action(async (words: readonly string[]) => {
      const {completeCommand} = await import('./complete-command.ts');
      end(await completeCommand(program, words, world));
    });
}

const installation = shells.map((shell) => `  ${shell.padEnd(6)}${installLines[shell]}`).join('\n');
