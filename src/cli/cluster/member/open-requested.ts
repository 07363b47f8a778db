import {chdir, cwd} from 'node:process';
import {isSystemError, whyRefused} from '../../../base/errno.ts';
import {readKept, type RunRequest} from '../../../cluster/request.ts';
import {argumentSpan} from '../../../diagnostics/span.ts';
import type {LocatedText} from '../../../document/located.ts';
import {exitCodes, type ExitCode} from '../../exit-codes.ts';
import {openTarget, type Target} from '../../target.ts';
import type {World} from '../../world.ts';

/**
 * The pipeline of a request as it was when it was submitted: in the folder of the command, from the texts that are kept.
 * Gives an exit code after a mistake was printed.
 */
export async function openRequested(request: RunRequest, world: World): Promise<Target | ExitCode> {
  const {file, selectors, paramsFile, set, until, force, engine, projectPlugins} = request.args;
  const plugins = Object.entries(projectPlugins).map(namedIn);
  const asked = {paramsFile, set, until, force, engine, project: {plugins}};
  // The request has the lock if the run holds to one.
  const kept = {lock: true, readFile: readKept(request)};
  const options = {...asked, quiet: true, ...kept} as const;
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

/** A plugin as if it were all that its file says. */
function namedIn([value, name]: readonly [string, string]): LocatedText {
  return {kind: 'scalar', value, span: {...argumentSpan(value), file: {name, text: value}}};
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
