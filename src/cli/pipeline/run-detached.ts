import {readFile} from 'node:fs/promises';
import path from 'node:path';
import {isSystemError, whyRefused} from '../../base/errno.ts';
import {makeFolders} from '../../base/make-folders.ts';
import {visibleJson} from '../../base/visible.ts';
import {ChangeWatch} from '../../journal/change-watch.ts';
import {readRunStart} from '../../journal/journal.ts';
import {runName} from '../../journal/run-name.ts';
import {wrapped} from '../../report/format/wrapped.ts';
import {nextLines, placeLines} from '../../report/live/summary.ts';
import {displayPath} from '../../report/text/run-place.ts';
import {journalPath, runFolder, type Store} from '../../store/layout.ts';
import {removeRun} from '../../store/upkeep/remove-run.ts';
import {sameAgain} from '../command-line.ts';
import type {DetachedProcess} from '../detached-process.ts';
import {exitCodes, type ExitCode} from '../exit-codes.ts';
import type {RunOptions} from '../options/pipeline-options.ts';
import {storeWords} from '../options/store-option.ts';
import type {World} from '../world.ts';

/**
 * Starts the run of this command line in a process of its own, and waits until it has begun. What that process prints
 * goes to `messages.log` in the folder of the run; if the run does not begin, it is printed here.
 */
export async function runDetached(
  store: Store,
  options: RunOptions,
  world: World,
): Promise<ExitCode> {
  const run = runName(new Date());
  const folder = runFolder(store, run);
  const messages = path.join(folder, 'messages.log');
  await makeFolders(folder);
  let head: DetachedProcess;
  try {
    head = await world.startDetached(run, messages);
  } catch (error) {
    await removeRun(store, run);
    if (!isSystemError(error)) throw error;
    const message = `No process could be started for the run: ${whyRefused(error)}.`;
    world.faults.fault('unstarted-run', message);
    return exitCodes.invalidPipeline;
  }
  const release = world.onInterrupt(() => head.stop());
  const begun = await hasBegun(store, run, head);
  release();
  if (begun !== true) {
    world.stderr.write(await readFile(messages, 'utf8'));
    await removeRun(store, run);
    return begun;
  }
  const about = {run, process: head.pid, messages: displayPath(messages, world.cwd)};
  if (options.json === true) world.stdout.write(`${visibleJson(about)}\n`);
  else if (options.quiet === true) world.stdout.write(`${run}\n`);
  else world.stdout.write(text({run, process: head.pid, messages}, options, world));
  return exitCodes.ok;
}

/** Waits until the journal of a run has its first event; otherwise gives the exit code of its process. */
async function hasBegun(
  store: Store,
  run: string,
  {ended}: DetachedProcess,
): Promise<true | ExitCode> {
  const over = new AbortController();
  const gone = ended.finally(() => over.abort());
  using changes = new ChangeWatch([runFolder(store, run)]);
  for (;;) {
    const isOver = over.signal.aborted;
    if (readRunStart(journalPath(store, run)) !== undefined) return true;
    if (isOver) break;
    await Promise.race([changes.wait(over.signal), gone]);
  }
  const code = await ended;
  const known = Object.values(exitCodes).find((one) => one === code);
  // A process that a signal ended has no code.
  return known ?? (code === undefined ? exitCodes.killed : exitCodes.internalError);
}

function text(
  about: {readonly run: string; readonly process: number; readonly messages: string},
  {store}: RunOptions,
  world: World,
): string {
  const {commandLine, cwd, stdout} = world;
  const command = (purpose: string, ...words: readonly string[]) => ({
    command: sameAgain({...commandLine, words: [...words, about.run, ...storeWords(store, world)]}),
    purpose,
  });
  const {columns} = stdout.size();
  const lines = [
    `Run ${about.run} goes on in the background (process ${about.process}).`,
    ...placeLines('Messages in', about.messages, {cwd, columns}),
    ...nextLines(
      [
        command('see its state', 'status'),
        command('follow its logs', 'logs', '-f'),
        command('look at it as a page', 'ui'),
        command('stop it', 'stop'),
      ],
      columns,
    ),
  ];
  return wrapped(`${lines.join('\n')}\n`, columns);
}
