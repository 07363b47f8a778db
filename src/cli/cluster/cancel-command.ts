import {readRun} from '../../journal/run-account.ts';
import {sameAgain} from '../command-line.ts';
import {exitCodes, type ExitCode} from '../exit-codes.ts';
import {namedRun} from '../named-run.ts';
import {storeWords} from '../options/store-option.ts';
import type {World} from '../world.ts';
import {endRun} from './view/end-run.ts';

export interface CancelOptions {
  readonly store: string;
  readonly json?: true;
}

/** `pipeline cancel RUN`: ends all members of a run on a cluster, those that wait too, and shows its state. */
export async function cancelCommand(
  text: string,
  options: CancelOptions,
  world: World,
): Promise<ExitCode> {
  const named = namedRun(text, options.store, world);
  if (typeof named === 'number') return named;
  const {store, run} = named;
  const account = readRun(store, run);
  if (account.started?.cluster !== undefined) {
    return await endRun(account, store, {...options, now: true}, world);
  }
  const words = ['stop', run, '--now', ...storeWords(options.store, world)];
  const message =
    account.started === undefined
      ? `Run ${run} has not begun.`
      : `Run ${run} is on no cluster. To end it: ${sameAgain({...world.commandLine, words})}`;
  world.faults.fault('unfit-run', message);
  return exitCodes.usage;
}
