import {isPinned, pinRun, unpinRun} from '../../store/upkeep/pin.ts';
import {exitCodes, type ExitCode} from '../exit-codes.ts';
import {namedRun} from '../named-run.ts';
import type {World} from '../world.ts';
import {writeJson} from '../write-json.ts';

export interface PinOptions {
  readonly store: string;
  readonly json?: true;
}

/**
 * `pipeline pin RUN` and `pipeline unpin RUN`: protect the artifacts that a run used or made from `gc`, or end that.
 */
export async function pinCommand(
  text: string,
  options: PinOptions & {readonly pinned: boolean},
  world: World,
): Promise<ExitCode> {
  const named = namedRun(text, options.store, world);
  if (typeof named === 'number') return named;
  const {store, run} = named;
  const was = isPinned(store, run);
  if (options.pinned) await pinRun(store, run);
  else await unpinRun(store, run);
  const {pinned} = options;
  if (options.json === true) writeJson({run, pinned, changed: was !== pinned}, world);
  else world.stdout.write(`${answer(run, was, pinned)}\n`);
  return exitCodes.ok;
}

function answer(run: string, was: boolean, pinned: boolean): string {
  if (was === pinned) return `${run} was ${pinned ? '' : 'not '}pinned already.`;
  if (pinned) return `Pinned ${run}: gc keeps all that it used or made.`;
  return `Unpinned ${run}: gc may remove what only it used or made.`;
}
