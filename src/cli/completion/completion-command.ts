import {exitCodes, type ExitCode} from '../exit-codes.ts';
import type {World} from '../world.ts';
import {completionScript, type Shell} from './scripts.ts';

/** `pipeline completion SHELL`: prints the script that makes a shell complete `pipeline`. */
export function completionCommand(shell: Shell, {stdout, executable}: World): ExitCode {
  stdout.write(completionScript(shell, executable));
  return exitCodes.ok;
}
