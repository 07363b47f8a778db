import path from 'node:path';
import type {InstanceGraph, InstanceId} from '../../pipeline/graph/instance.ts';
import type {Estimator} from '../../plan/estimator.ts';
import {planGraph, storedRecords, type Plan} from '../../plan/plan-graph.ts';
import {formatLimit} from '../../report/format/duration.ts';
import {jsonReporter} from '../../report/live/json-reporter.ts';
import {liveReporter} from '../../report/live/live-reporter.ts';
import {plainReporter} from '../../report/live/plain-reporter.ts';
import type {Reporter} from '../../report/live/reporter.ts';
import {collectResults, storedResults} from '../../journal/collect-results.ts';
import type {RunPlace} from '../../report/text/run-place.ts';
import {nextCommands} from './next-commands.ts';
import {outcomeLine, resultsText} from '../../report/live/summary.ts';
import type {RunEvent} from '../../journal/event.ts';
import type {Waits} from '../../schedule/delays.ts';
import {executeRun, type RunResult} from '../../schedule/execute-run.ts';
import type {Executor} from '../../schedule/executor.ts';
import {resultsFolder, runFolder, type Store} from '../../store/layout.ts';
import {inspectStore, openStore, type OpenedStore} from '../../store/open-store.ts';
import {sameAgain} from '../command-line.ts';
import {devicesFor, executorFor} from '../options/devices-for.ts';
import {exitCodes, type ExitCode} from '../exit-codes.ts';
import {keptSpeeds} from '../options/machine-speeds.ts';
import {findShortages} from '../options/find-shortages.ts';
import type {RunOptions} from '../options/pipeline-options.ts';
import {estimatorOf, loadModels} from './load-estimator.ts';
import {runFacts} from './run-facts.ts';
import {RunViewer} from '../page/run-viewer.ts';
import {openTarget} from '../target.ts';
import {tellDiagnostics} from '../tell-diagnostics.ts';
import type {World} from '../world.ts';

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
  const devices = devicesFor(options, world);
  const plan = (): Plan => planGraph(graph, inspected.store, forced);
  const shortages = await findShortages({graph}, plan, {
    devices,
    searched: world.environment['PATH'],
  });
  if (shortages.length > 0) {
    tellDiagnostics(shortages, world.stderr);
    return exitCodes.invalidPipeline;
  }
  const opened = await openStore(folder);
  if (opened.kind === 'unusable') {
    const records = storedRecords(plan());
    if (records.size < graph.instances.size || forced.size > 0) return refuse(opened, world);
    await showStored({graph, records, store: inspected.store}, opened.message, world);
    return exitCodes.ok;
  }
  const executor = executorFor(devices, world);
  const settings = [...named, ...options.settings];
  const prepared = {graph, forced, store: opened.store, executor};
  return await execute(prepared, {...options, settings}, world);
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

interface Prepared {
  readonly graph: InstanceGraph;
  readonly forced: ReadonlySet<InstanceId>;
  readonly store: Store;
  readonly executor: Executor;
}

async function execute(prepared: Prepared, options: RunOptions, world: World): Promise<ExitCode> {
  const {store} = prepared;
  const place: RunPlace = {
    store,
    cwd: world.cwd,
    again: sameAgain(world.commandLine),
    againFor: (id) => sameAgain({...world.commandLine, words: ['run', ...options.settings, id]}),
  };
  const waits = waitsOf(options, world.waits);
  const reporter = reporterFor(options, world, place);
  const [stop, kill] = [new AbortController(), new AbortController()];
  const release = world.onInterrupt((signal) => {
    if (stop.signal.aborted) {
      // A terminal that is closed may hang up twice: from the shell, and from the kernel.
      if (signal !== 'SIGHUP') kill.abort();
      return;
    }
    reporter.note(
      `Stopping: stages have ${formatLimit(waits.stopWithinMs)} to save a checkpoint. Press Ctrl-C again to end them at once.\n`,
    );
    stop.abort();
  });
  const keepGoing = options.keepGoing ?? false;
  const viewer = options.open === true ? new RunViewer(store, reporter, world) : undefined;
  let last: RunEvent | undefined;
  let isStoreAtFault = false;
  let result: RunResult;
  try {
    result = await executeRun({
      ...prepared,
      pid: world.pid,
      command: place.again,
      facts: runFacts(prepared.graph.file, options.set ?? [], world),
      engine: options.engine,
      keepGoing,
      onlyStored: options.stored ?? false,
      loadEstimator: async () => await loadEstimator(prepared, options.engine, world),
      registryModule: world.registryModule,
      waits,
      stopSignal: stop.signal,
      killSignal: kill.signal,
      onEvent: (event) => {
        last = event;
        isStoreAtFault ||= event.kind === 'failed' && event.cause.kind === 'store-error';
        reporter.onEvent(event);
        viewer?.onEvent(event);
      },
    });
  } finally {
    release();
    await viewer?.close();
    reporter.close();
  }
  if (options.json !== true) {
    await conclude({...prepared, result, last, place, keepGoing, folder: options.store}, world);
  }
  if (kill.signal.aborted) return exitCodes.killed;
  return result.outcome === 'failed' && isStoreAtFault
    ? exitCodes.storeUnusable
    : outcomeCodes[result.outcome];
}

/** What estimates the durations of a run: with the speeds of this machine if a plan has measured them. */
async function loadEstimator(
  {graph, store, executor}: Prepared,
  engine: string,
  world: World,
): Promise<Estimator> {
  return estimatorOf({
    graph,
    store,
    models: await loadModels(world),
    speeds: keptSpeeds(engine, world),
    slots: executor.capacity('cpu'),
    // The GPUs are found when the first instance asks for one.
    gpus: () => executor.capacity('gpu'),
  });
}

/** The waits of the options; the usual ones where an option is absent. */
function waitsOf({stopWithin, checkpointInterval}: RunOptions, usual: Waits): Waits {
  return {
    ...usual,
    ...(stopWithin !== undefined && {stopWithinMs: stopWithin}),
    ...(checkpointInterval !== undefined && {checkpointIntervalMs: checkpointInterval}),
  };
}

const outcomeCodes = {
  ok: exitCodes.ok,
  failed: exitCodes.stageFailed,
  suspended: exitCodes.suspended,
} as const;

function reporterFor(options: RunOptions, world: World, place: RunPlace): Reporter {
  const {stdout, stderr} = world;
  if (options.json === true) return jsonReporter(stdout, stderr);
  if (stdout.isTerminal) return liveReporter(stdout, place);
  return plainReporter(stdout, stderr, place);
}

/** Prints the outcome and the results of the run. */
async function conclude(
  done: Prepared & {
    readonly result: RunResult;
    readonly last: RunEvent | undefined;
    readonly place: RunPlace;
    readonly keepGoing: boolean;
    /** The store, as the user named it. */
    readonly folder: string;
  },
  world: World,
): Promise<void> {
  const {stdout, cwd} = world;
  const {result, last, store, graph, place} = done;
  const {run, records} = result;
  if (last?.kind === 'run-finished') stdout.write(outcomeLine(last));
  if (result.outcome === 'suspended') stdout.write(`To resume: ${place.again}\n`);
  const folder = runFolder(store, run);
  const results = collectResults({graph, records, store, run});
  // After a failure, results are shown if the run kept going.
  const isShown = result.outcome === 'ok' || (result.outcome === 'failed' && done.keepGoing);
  if (!isShown) return;
  const shown = {
    cwd,
    resultsFolder: resultsFolder(store, run),
    eventsFile: path.join(folder, 'events.jsonl'),
  };
  const text = await resultsText(results, shown, nextCommands(results, done.folder, world));
  stdout.write(text);
}

function refuse(opened: Extract<OpenedStore, {kind: 'unusable'}>, world: World): ExitCode {
  world.stderr.write(`${opened.message}\n`);
  return exitCodes.storeUnusable;
}
