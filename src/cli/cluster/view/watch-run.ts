import {runEnded} from '../../../journal/run-ended.ts';
import {writeWrapped} from '../../../report/format/wrapped.ts';
import {outcomeLine} from '../../../report/live/summary.ts';
import type {Store} from '../../../store/layout.ts';
import {exitCodes, type ExitCode} from '../../exit-codes.ts';
import {outcomeCode} from '../../pipeline/outcome-code.ts';
import {showRunLive, type ShowOptions} from '../../pipeline/run-show.ts';
import type {World} from '../../world.ts';

/**
 * Shows a run of another user until it has ended or the viewer is to leave. Nothing of the run is executed, no members are
 * asked for, and its end is left to others.
 * @param watched.foreign the sentence that says why it is only shown
 */
export async function watchRun(
  watched: {readonly run: string; readonly store: Store; readonly foreign: string},
  options: ShowOptions,
  world: World,
): Promise<ExitCode> {
  const {run, store, foreign} = watched;
  const show = await showRunLive(run, store, options, world);
  const {reporter, page, notices, seen} = show;
  reporter.note(`Run ${run} is only shown: ${foreign}\n`);
  const leave = new AbortController();
  const release = world.onInterrupt(() => leave.abort());
  try {
    await runEnded(run, store, {
      signal: leave.signal,
      onEvent: (event) => show.onEvent(event),
      lookMs: world.waits.lookMs,
    });
  } finally {
    release();
    await page?.finish({mayStay: seen.finished !== undefined});
    reporter.close();
  }
  const {finished} = seen;
  if (finished === undefined) {
    const how = leave.signal.aborted ? 'may go on' : 'has no member: its user may continue it';
    writeWrapped(world.stderr, `Run ${run} ${how}.\n`);
    return exitCodes.suspended;
  }
  if (options.json !== true && options.quiet !== true) {
    writeWrapped(world.stdout, outcomeLine(finished));
  }
  const code = outcomeCode(finished.outcome, seen);
  await notices.send(code);
  await page?.stay();
  return code;
}
