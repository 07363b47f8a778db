import {readRunStart} from '../../journal/journal.ts';
import {foreignFileFault} from '../../store/foreign-file.ts';
import {journalPath, requestPath} from '../../store/layout.ts';
import {exitCodes, type ExitCode} from '../exit-codes.ts';
import {namedRun} from '../named-run.ts';
import type {World} from '../world.ts';
import {Crew} from './view/crew.ts';
import {openClusterRun} from './open-cluster-run.ts';
import {viewRun} from './view/view-run.ts';
import {watchRun} from './view/watch-run.ts';

export interface AttachOptions {
  readonly store: string;
  /** Whether only results and errors are printed. */
  readonly quiet?: true;
  readonly json?: true;
  /** Whether to show its page in the browser. */
  readonly open?: true;
  /** Addresses and commands that are told of its end. */
  readonly notify?: readonly string[];
}

/**
 * `pipeline attach [RUN]`: shows a run on a cluster from its beginning, and follows it to its end. That of another user is
 * only shown.
 */
export async function attachCommand(
  text: string,
  options: AttachOptions,
  world: World,
): Promise<ExitCode> {
  const named = namedRun(text, options.store, world);
  if (typeof named === 'number') return named;
  const {store, run} = named;
  const started = readRunStart(journalPath(store, run));
  if (started?.cluster === undefined) {
    const what = started === undefined ? 'has not begun' : 'is on no cluster';
    world.faults.fault('unfit-run', `Run ${run} ${what}: only runs on a cluster are attached to.`);
    return exitCodes.usage;
  }
  const shown = {
    ...options,
    ...(started.command !== undefined && {again: started.command}),
    settings: [started.pipeline, '--on', started.cluster],
  };
  const foreign = foreignFileFault(requestPath(store, run));
  if (foreign !== undefined) return await watchRun({run, store, foreign}, shown, world);
  const opened = await openClusterRun(store, run, world);
  if (typeof opened === 'number') return opened;
  await using crew = new Crew(opened, opened.loadNeed, world);
  return await viewRun(opened, crew, shown, world);
}
