import path from 'node:path';
import type {Results} from '../../journal/collect-results.ts';
import type {RunEvent} from '../../journal/event.ts';
import {writeWrapped} from '../../report/format/wrapped.ts';
import {outcomeLine, resultsText} from '../../report/live/summary.ts';
import type {RunPlace} from '../../report/text/run-place.ts';
import type {RunResult} from '../../schedule/execute-run.ts';
import {resultsFolder, runFolder, type Store} from '../../store/layout.ts';
import type {RunOptions} from '../options/pipeline-options.ts';
import type {World} from '../world.ts';
import {nextCommands} from './next-commands.ts';

/** Prints the outcome and the results of a run; of a quiet one that is done, its results only. */
export async function concludeRun(
  done: {
    readonly store: Store;
    readonly result: Pick<RunResult, 'run' | 'outcome'>;
    readonly results: Results;
    readonly finished: Extract<RunEvent, {kind: 'run-finished'}> | undefined;
    readonly place: RunPlace;
    readonly options: Pick<RunOptions, 'quiet' | 'keepGoing' | 'store'>;
  },
  world: World,
): Promise<void> {
  const {stdout, cwd} = world;
  const {result, results, finished, store, place, options} = done;
  const {run, outcome} = result;
  const {columns} = stdout.size();
  // A quiet run that is done says nothing but its results.
  const isQuiet = options.quiet === true && outcome === 'ok';
  if (finished !== undefined && !isQuiet) writeWrapped(stdout, outcomeLine(finished));
  if (outcome === 'suspended') stdout.write(`To resume: ${place.again}\n`);
  // After a failure, results are shown if the run kept going.
  const isShown = outcome === 'ok' || (outcome === 'failed' && options.keepGoing === true);
  if (!isShown) return;
  const [first] = results.files;
  // All are in one folder: that of this run, or of the one that it repeats.
  const folder = first === undefined ? resultsFolder(store, run) : path.dirname(first.path);
  const shown = {cwd, columns, resultsFolder: folder};
  if (isQuiet) {
    stdout.write((await resultsText(results, shown)).replace(/^\n+/, ''));
    return;
  }
  const eventsFile = path.join(runFolder(store, run), 'events.jsonl');
  const next = nextCommands(results, options.store, world);
  stdout.write(await resultsText(results, {...shown, eventsFile}, next));
}
