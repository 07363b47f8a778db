import {chdir, cwd} from 'node:process';
import {isSystemError, whyRefused} from '../../../base/errno.ts';
import {readKept, type RunRequest} from '../../../cluster/request.ts';
import {exitCodes, type ExitCode} from '../../exit-codes.ts';
import {openTarget, type Target} from '../../target.ts';
import type {World} from '../../world.ts';

/**
 * The pipeline of a request as it was when it was submitted: in the folder of the command, from the texts that are kept.
 * Gives an exit code after a mistake was printed.
 */
export async function openRequested(request: RunRequest, world: World): Promise<Target | ExitCode> {
  const {file, selectors, set, until, force, engine} = request.args;
  const options = {set, until, force, engine, quiet: true, readFile: readKept(request)} as const;
  const before = cwd();
  const entered = enterFolder(request.cwd, world);
  if (typeof entered === 'number') return entered;
  try {
    const opened = await openTarget([file, ...selectors], options, entered);
    return opened.kind === 'ok' ? opened.target : opened.exitCode;
  } finally {
    chdir(before);
  }
}

/** Makes a folder the working folder of this process, which the names of files in a pipeline are relative to. */
export function enterFolder(folder: string, world: World): World | ExitCode {
  try {
    chdir(folder);
    return {...world, cwd: folder};
  } catch (error) {
    if (!isSystemError(error)) throw error;
    const why = whyRefused(error);
    world.faults.fault('unfit-run', `The folder of the run cannot be entered: ${why} (${folder}).`);
    return exitCodes.usage;
  }
}
