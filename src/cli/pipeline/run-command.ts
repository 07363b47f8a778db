import path from 'node:path';
import {storedResults} from '../../journal/collect-results.ts';
import {planGraph, storedRecords, type Plan} from '../../plan/plan-graph.ts';
import {resultsText} from '../../report/live/summary.ts';
import {inspectStore, openStore, type OpenedStore} from '../../store/open-store.ts';
import {executorFor} from '../options/devices-for.ts';
import {exitCodes, type ExitCode} from '../exit-codes.ts';
import {findShortages} from '../options/find-shortages.ts';
import type {RunOptions} from '../options/pipeline-options.ts';
import {openTarget} from '../target.ts';
import type {World} from '../world.ts';
import {performRun} from './perform-run.ts';
import {runDetached} from './run-detached.ts';

/** `pipeline run`. Writes nothing before the pipeline is known to be valid and the devices to suffice. */
export async function runCommand(
  words: readonly string[],
  options: RunOptions,
  world: World,
): Promise<ExitCode> {
  const target = await openTarget(words, options, world);
  if (target.kind === 'refused') return target.exitCode;
  const {graph, forced, named} = target.target;
  const folder = path.resolve(world.cwd, options.store);
  const inspected = inspectStore(folder);
  if (inspected.kind === 'unusable') return refuse(inspected, world);
  const executor = executorFor(options, world);
  const plan = (): Plan => planGraph(graph, inspected.store, forced);
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
    const records = storedRecords(plan());
    if (records.size < graph.instances.size || forced.size > 0) return refuse(opened, world);
    await showStored({graph, records, store: inspected.store}, opened.message, world);
    return exitCodes.ok;
  }
  const {store} = opened;
  if (options.detach === true && world.detachedRun === undefined) {
    return await runDetached(store, options, world);
  }
  const settings = [...named, ...options.settings];
  return await performRun({graph, forced, store, executor}, {...options, settings}, world);
}

/** Shows the results of a pipeline whose results are all stored, in a store that is read-only. */
async function showStored(
  given: Parameters<typeof storedResults>[0],
  whyNotWritten: string,
  {stdout, stderr, cwd}: World,
): Promise<void> {
  const {size} = given.records;
  stderr.write(`${whyNotWritten} Nothing has to be: all is stored, and no run is recorded.\n`);
  stdout.write(`Done: ${size === 1 ? '1 result is' : `${size} results are`} stored already.\n`);
  stdout.write(await resultsText(storedResults(given), {cwd, resultsFolder: given.store.root}));
}

function refuse(opened: Extract<OpenedStore, {kind: 'unusable'}>, world: World): ExitCode {
  world.faults.fault('unusable-store', opened.message);
  return exitCodes.storeUnusable;
}
