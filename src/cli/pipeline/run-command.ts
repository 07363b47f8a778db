import path from 'node:path';
import type {Digest} from '../../base/digest.ts';
import {storedResults} from '../../journal/collect-results.ts';
import {allStored, planGraph, type Plan} from '../../plan/plan-graph.ts';
import {writeWrapped} from '../../report/format/wrapped.ts';
import {resultsText} from '../../report/live/summary.ts';
import {planWithRemote} from '../../remote/plan-with-remote.ts';
import type {RunRemote} from '../../remote/run-remote.ts';
import type {Store} from '../../store/layout.ts';
import {inspectStore, openStore, type OpenedStore} from '../../store/open-store.ts';
import {executorFor} from '../options/devices-for.ts';
import {exitCodes, type ExitCode} from '../exit-codes.ts';
import {findShortages} from '../options/find-shortages.ts';
import type {RunOptions} from '../options/pipeline-options.ts';
import {LineTeller} from '../remote/line-teller.ts';
import {openRemote, runRemote} from '../remote/open-remote.ts';
import {openTarget} from '../target.ts';
import type {World} from '../world.ts';
import {refuseUnlocked} from './hold-results.ts';
import {performRun} from './perform-run.ts';
import {runDetached} from './run-detached.ts';

/**
 * `pipeline run`. Writes nothing before the pipeline is known to be valid and the devices to suffice.
 * @param request by which a later run finds this one to repeat it; absent: none does
 */
export async function runCommand(
  words: readonly string[],
  given: RunOptions,
  world: World,
  request?: Digest,
): Promise<ExitCode> {
  const target = await openTarget(words, given, world);
  if (target.kind === 'refused') return target.exitCode;
  const {graph, whole, forced, named, engine, isLocked, hasWarnings} = target.target;
  const options = {...given, engine};
  const folder = path.resolve(world.cwd, options.store);
  const inspected = inspectStore(folder);
  if (inspected.kind === 'unusable') return refuse(inspected, world);
  const executor = executorFor(options, world);
  const teller = new LineTeller((line) => world.stderr.write(line));
  const isLeft = options.detach === true && world.detachedRun === undefined;
  const remote = await findRemote(options, {store: inspected.store, isLeft, teller}, world);
  if (typeof remote === 'number') return remote;
  let planned = remote && (await planWithRemote(graph, inspected.store, forced, remote.cache));
  const plan = (): Plan => (planned ??= planGraph(graph, inspected.store, forced));
  const unlocked = isLocked ? refuseUnlocked(plan(), world) : undefined;
  if (unlocked !== undefined) return unlocked;
  const shortages = await findShortages({graph}, plan, {
    executor,
    searched: world.environment['PATH'],
  });
  if (shortages.length > 0) {
    world.faults.diagnostics(shortages);
    return exitCodes.invalidPipeline;
  }
  const opened = await openStore(folder);
  if (opened.kind === 'unusable') {
    // Nothing can be brought here.
    const records = allStored(planGraph(graph, inspected.store, forced), forced);
    if (records === undefined) return refuse(opened, world);
    if (options.quiet !== true) tellStored(records.size, opened.message, world);
    await showStored({graph, records, store: inspected.store}, world);
    return exitCodes.ok;
  }
  const {store} = opened;
  if (isLeft) {
    // Programs read one form of answer, whatever there is to do.
    const isRead = options.json === true || options.quiet === true;
    if (isRead || allStored(plan(), forced) === undefined)
      return await runDetached(store, options, world);
    writeWrapped(world.stdout, 'All of it is stored: nothing has to go on in the background.\n');
  }
  await remote?.cache.keep();
  const settings = [...named, ...options.settings];
  // Warnings would be told by no later run that repeats this one.
  const isExample = request !== undefined && !hasWarnings && !isLocked;
  const prepared = {
    graph,
    forced,
    store,
    executor,
    teller,
    ...(remote && {remote}),
    ...(isExample && {example: {request, whole}}),
  };
  return await performRun(prepared, {...options, settings}, world);
}

/** The remote cache of a run. A run that is left to another process leaves that to it, too. */
async function findRemote(
  options: RunOptions,
  {store, isLeft, teller}: {store: Store; isLeft: boolean; teller: LineTeller},
  world: World,
): Promise<RunRemote | ExitCode | undefined> {
  const opened = isLeft ? undefined : await openRemote(options, teller.tell, world);
  if (opened === undefined || typeof opened === 'number') return opened;
  return await runRemote(opened, {store, tell: teller.tell}, world);
}

/** Says why no run of a pipeline is recorded, and that all of its results are stored. */
function tellStored(count: number, whyNotWritten: string, {stdout, stderr}: World): void {
  const why = `${whyNotWritten} Nothing has to be: all is stored, and no run is recorded.\n`;
  writeWrapped(stderr, why);
  stdout.write(`Done: ${count === 1 ? '1 result is' : `${count} results are`} stored already.\n`);
}

/** Shows the results of a pipeline whose results are all stored, in a store that is read-only. */
async function showStored(
  given: Parameters<typeof storedResults>[0],
  {stdout, cwd}: World,
): Promise<void> {
  const {columns} = stdout.size();
  const place = {cwd, columns, resultsFolder: given.store.root};
  stdout.write(await resultsText(storedResults(given), place));
}

function refuse(opened: Extract<OpenedStore, {kind: 'unusable'}>, world: World): ExitCode {
  world.faults.fault('unusable-store', opened.message);
  return exitCodes.storeUnusable;
}
