import {isSystemError, whyRefused} from '../../base/errno.ts';
import type {ExportOutcome} from '../../export/outcome.ts';
import {displayPath} from '../../report/text/run-place.ts';
import {exitCodes, type ExitCode} from '../exit-codes.ts';
import type {FaultCode} from '../faults.ts';
import type {World} from '../world.ts';
import {writeJson} from '../write-json.ts';

/** Tells why an export cannot be made, and gives the exit code. */
export function refuse(code: FaultCode, message: string, {faults}: World): ExitCode {
  faults.fault(code, message);
  return code === 'damaged-artifact' ? exitCodes.storeUnusable : exitCodes.usage;
}

/** Prints what was written, or the reason why nothing could be. */
export async function conclude<T>(
  writing: Promise<ExportOutcome<T>>,
  to: {readonly target: string; readonly options: {readonly json?: true}; readonly world: World},
  describe: (written: T) => {readonly text: string; readonly json: object},
): Promise<ExitCode> {
  const {target, options, world} = to;
  try {
    const outcome = await writing;
    if (outcome.kind === 'unreadable') {
      world.faults.fault('bad-data', outcome.note);
      return exitCodes.unreadable;
    }
    const {text, json} = describe(outcome.written);
    if (options.json === true) writeJson(json, world);
    else world.stdout.write(`${text}\n`);
    return exitCodes.ok;
  } catch (error) {
    if (!isSystemError(error)) throw error;
    const shown = displayPath(target, world.cwd);
    return refuse('unwritable-file', `${shown} cannot be written: ${whyRefused(error)}.`, world);
  }
}
