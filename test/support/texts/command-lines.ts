import type {Command} from 'commander';
import {commands} from '../../../src/cli/run-cli.ts';
import type {World} from '../../../src/cli/world.ts';
import {offers} from '../../../stages/offers.ts';

const silent = {isTerminal: false, colours: false, write: () => undefined};
const faults = {diagnostics: () => undefined, fault: () => undefined};
const world = {stdout: silent, stderr: silent, faults, offers} as unknown as World;

/** Why a command line would not be understood; `undefined`: it would be. Nothing is done. */
export async function faultOf(words: readonly string[]): Promise<string | undefined> {
  const program = commands(world, () => undefined);
  const disarm = (command: Command): void => {
    command.action(() => undefined);
    command.commands.forEach(disarm);
  };
  program.commands.forEach(disarm);
  try {
    await program.parseAsync(words, {from: 'user'});
    return undefined;
  } catch (error) {
    const {code, message} = error as {readonly code?: string; readonly message: string};
    return code === 'commander.helpDisplayed' ? undefined : message;
  }
}

/** The words of a line after `pipeline`, quotes taken off. */
export function wordsOf(line: string): readonly string[] {
  const words = line.match(/(?:'[^']*'|"[^"]*"|[^\s'"])+/g) ?? [];
  const bare = words.map((word) => word.replaceAll(/'([^']*)'|"([^"]*)"/g, '$1$2'));
  return bare.slice(bare.indexOf('pipeline') + 1);
}
