import type {Command} from 'commander';
import type {ExitCode} from './exit-codes.ts';
import {storeOption} from './store-option.ts';
import type {World} from './world.ts';

/** Declares the commands that look after a store. */
export function declareStoreCommands(
  program: Command,
  world: World,
  end: (code: ExitCode) => void,
): void {
  runCommand(program, 'pin', 'keep all that a run used or made from gc').action(
    async (run: string, options: {readonly store: string}) => {
      const {pinCommand} = await import('./pin-command.ts');
      end(await pinCommand(run, {...options, pinned: true}, world));
    },
  );
  runCommand(program, 'unpin', 'let gc remove what pin kept').action(
    async (run: string, options: {readonly store: string}) => {
      const {pinCommand} = await import('./pin-command.ts');
      end(await pinCommand(run, {...options, pinned: false}, world));
    },
  );
}

function runCommand(program: Command, name: string, description: string): Command {
  return program
    .command(name)
    .description(description)
    .argument('<run>', "a run's name, a part of it that no other has, or latest")
    .addOption(storeOption());
}
