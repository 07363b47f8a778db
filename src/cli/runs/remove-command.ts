import path from 'node:path';
import {namesIn} from '../../base/folder-entries.ts';
import {findRun} from '../../journal/find-run.ts';
import {mayGoOn} from '../../journal/members/may-go-on.ts';
import {memberNames} from '../../journal/members/run-journals.ts';
import {readRun} from '../../journal/run-account.ts';
import {processText} from '../../report/format/process-text.ts';
import {formatBytes} from '../../report/format/bytes.ts';
import {displayPath} from '../../report/text/run-place.ts';
import {mayBeAlive} from '../../store/claims/activity.ts';
import {isForeign} from '../../store/claims/process-identity.ts';
import {
  reportFiles,
  journalPath,
  resultsFolder,
  runFolder,
  runMemberFolder,
  type Store,
} from '../../store/layout.ts';
import {measureRun, type StoredRun} from '../../store/upkeep/inventory.ts';
import {isPinned} from '../../store/upkeep/pin.ts';
import {removeRun} from '../../store/upkeep/remove-run.ts';
import {sameAgain} from '../command-line.ts';
import type {FaultCode} from '../faults.ts';
import {exitCodes, type ExitCode} from '../exit-codes.ts';
import {maintainedStore} from '../named-run.ts';
import {storeWords} from '../options/store-option.ts';
import {findWorkers} from '../reading/status-command.ts';
import type {World} from '../world.ts';
import {writeJson} from '../write-json.ts';

export interface RemoveOptions {
  readonly store: string;
  readonly dryRun?: true;
  readonly json?: true;
}

/** `pipeline rm RUN…`: removes the folders of runs. If one of them may not be removed, none is. */
export async function removeCommand(
  texts: readonly string[],
  options: RemoveOptions,
  world: World,
): Promise<ExitCode> {
  const isDry = options.dryRun === true;
  const store = await maintainedStore(options.store, {writes: !isDry}, world);
  if (typeof store === 'number') return store;
  const found = texts.map((text) => findRun(store, text));
  const runs = new Set(found.flatMap((one) => (one.kind === 'found' ? [one.run] : [])));
  const faults: readonly (readonly [FaultCode, string])[] = [
    ...found.flatMap((one) =>
      one.kind === 'unknown' ? [['unknown-run', one.message] as const] : [],
    ),
    ...[...runs].flatMap((run) => {
      const why = whyKept(store, run, options, world);
      return why === undefined ? [] : [['unfit-run', why] as const];
    }),
  ];
  if (faults.length > 0) {
    faults.forEach(([code, message], index) => {
      const note = index === faults.length - 1 ? 'Nothing was removed.' : undefined;
      world.faults.fault(code, message, note);
    });
    return exitCodes.usage;
  }
  const removed: Contents[] = [];
  for (const run of runs) {
    const measured = measureRun(store, run);
    // Another process may have removed it.
    if (measured === undefined) continue;
    const contents = contentsOf(store, measured);
    if (!isDry) await removeRun(store, run);
    removed.push(contents);
    if (options.json === true) continue;
    const done = isDry ? 'Would remove' : 'Removed';
    world.stdout.write(`${done} ${run}: ${contentsText(contents)}.\n`);
  }
  const freedBytes = removed.reduce((sum, {bytes}) => sum + bytes, 0);
  if (options.json === true) {
    const listed = removed.map((contents) => ({
      ...contents,
      folder: displayPath(contents.folder, world.cwd),
    }));
    writeJson({removed: !isDry, runs: listed, freedBytes}, world);
  } else if (runs.size > 1) world.stdout.write(`Together ${formatBytes(freedBytes)}.\n`);
  return exitCodes.ok;
}

/** Age below which a run without events may be about to begin. */
const beginningMs = 60_000;

/** Why the folder of a run may not be removed, as sentences for the user. */
function whyKept(
  store: Store,
  run: string,
  options: RemoveOptions,
  world: World,
): string | undefined {
  const {commandLine, cwd} = world;
  const command = (name: string): string =>
    sameAgain({...commandLine, words: [name, run, ...storeWords(options.store, world)]});
  const account = readRun(store, run);
  const {started, finished, isLive} = account;
  const cluster = started?.cluster;
  if (isLive && cluster !== undefined) {
    return `Run ${run} is going on on ${cluster}. To stop it: ${command('stop')}`;
  }
  if (isLive && !isForeign(started!.head)) {
    return `Run ${run} is going on (process ${started!.head.pid}). To stop it: ${command('stop')}`;
  }
  const isUnknown =
    started === undefined
      ? Date.now() - (measureRun(store, run)?.changedMs ?? 0) < beginningMs
      : cluster === undefined
        ? finished === undefined &&
          isForeign(started.head) &&
          mayBeAlive(store, started.head, journalPath(store, run))
        : mayGoOn(store, account);
  if (isUnknown) {
    const where =
      started === undefined ? 'is about to begin' : `goes on on ${cluster ?? started.head.host}`;
    const folder = displayPath(runFolder(store, run), cwd);
    return `It cannot be seen from here whether run ${run} ${where}. If it does not, remove its folder ${folder}.`;
  }
  const [worker] = findWorkers(account, store);
  if (worker !== undefined) {
    return `Run ${run} has left \`${worker[0]}\` running (${processText(worker[1])}), whose log is in its folder.`;
  }
  if (isPinned(store, run)) return `Run ${run} is pinned. To end that: ${command('unpin')}`;
  return undefined;
}

/** The contents of a run's folder. */
interface Contents {
  readonly run: string;
  readonly folder: string;
  readonly logs: number;
  readonly results: number;
  readonly hasReport: boolean;
  /** The bytes that removing it frees. */
  readonly bytes: number;
}

function contentsOf(store: Store, {run, sizeBytes}: StoredRun): Contents {
  const folder = runFolder(store, run);
  const names = namesIn(folder);
  return {
    run,
    folder,
    logs: logFolders(store, run).reduce((sum, logs) => sum + namesIn(logs).length, 0),
    results: namesIn(resultsFolder(store, run)).length,
    hasReport: reportFiles.some((name) => names.includes(name)),
    bytes: sizeBytes,
  };
}

function logFolders(store: Store, run: string): readonly string[] {
  const members = memberNames(store, run).map((member) => runMemberFolder(store, run, member));
  return [runFolder(store, run), ...members].map((folder) => path.join(folder, 'logs'));
}

function contentsText({logs, results, hasReport, bytes}: Contents): string {
  const count = (number: number, what: string): readonly string[] =>
    number === 0 ? [] : [`${number} ${what}${number === 1 ? '' : 's'}`];
  const parts = [
    'its journal',
    ...count(logs, 'log'),
    ...count(results, 'result'),
    ...(hasReport ? ['its report'] : []),
    formatBytes(bytes),
  ];
  return parts.join(', ');
}
