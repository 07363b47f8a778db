import type {Digest} from '../../base/digest.ts';
import {isSystemError} from '../../base/errno.ts';
import {collectResults} from '../../journal/collect-results.ts';
import type {RunEvent} from '../../journal/event.ts';
import {runName} from '../../journal/run-name.ts';
import type {InstanceGraph, InstanceId} from '../../pipeline/graph/instance.ts';
import type {Estimator} from '../../plan/estimator.ts';
import type {Reporter} from '../../report/live/reporter.ts';
import type {Waits} from '../../schedule/delays.ts';
import {executeRun, type RunResult} from '../../schedule/execute-run.ts';
import {namedFiles} from '../../report/live/summary.ts';
import {rememberRun} from '../../schedule/repeat/remember-run.ts';
import type {RunRemote} from '../../remote/run-remote.ts';
import type {Executor} from '../../schedule/executor.ts';
import type {RunSetup} from '../../schedule/run-setup.ts';
import type {Store} from '../../store/layout.ts';
import {freeBytes} from '../../store/store-fault.ts';
import {exitCodes, type ExitCode} from '../exit-codes.ts';
import {keptSpeeds} from '../options/machine-speeds.ts';
import type {RunOptions} from '../options/pipeline-options.ts';
import type {LineTeller} from '../remote/line-teller.ts';
import type {World} from '../world.ts';
import {endExchange} from '../remote/end-exchange.ts';
import {concludeRun} from './conclude-run.ts';
import {estimatorOf, loadKnowledge} from './load-estimator.ts';
import {outcomeCode} from './outcome-code.ts';
import {runFacts} from './run-facts.ts';
import {showRunLive} from './run-show.ts';
import {SpaceWatch, type SpaceSetup} from './space-watch.ts';
import {takeInterrupts} from './take-interrupts.ts';

/** What a run needs, once the pipeline is valid and the devices suffice. */
interface Prepared {
  /** The digest of the request and the whole pipeline, by which a later run repeats this one. Absent: no run repeats it. */
  readonly example?: {readonly request: Digest; readonly whole: InstanceGraph};
  readonly graph: InstanceGraph;
  readonly forced: ReadonlySet<InstanceId>;
  readonly store: Store;
  readonly executor: Executor;
  /** Absent: there is no remote cache. */
  readonly remote?: RunRemote;
  readonly teller: LineTeller;
}

/** Runs a pipeline, prints its results, and notifies of its end. */
export async function performRun(
  prepared: Prepared,
  options: RunOptions,
  world: World,
): Promise<ExitCode> {
  const {store} = prepared;
  const detached = options.detach === true ? world.detachedRun : undefined;
  const run = options.runName ?? detached ?? runName(new Date());
  const show = await showRunLive(run, store, options, world);
  const {place, reporter, page, notices, seen} = show;
  prepared.teller.giveTo((line) => reporter.note(line));
  const loadEstimator = estimatorFor(prepared, options, world);
  const {graph} = prepared;
  const space = options.quiet
    ? undefined
    : spaceWatch({graph, loadEstimator}, {store, named: options.store}, reporter);
  const waits = waitsOf(options, world.waits);
  const interrupts = takeInterrupts(reporter, {run, store: options.store, ...waits}, world);
  interrupts.stopSignal.addEventListener('abort', () => prepared.remote?.leave());
  const onEvent = (event: RunEvent): void => {
    show.onEvent(event);
    space?.onEvent(event);
  };
  const again = {run, command: place.again, waits, onEvent, loadEstimator};
  let result: RunResult | undefined;
  try {
    result = await executeRun({...setupOf(prepared, options, world), ...again, ...interrupts});
    await endExchange(prepared.remote, options.quiet === true, reporter);
  } catch (error) {
    reporter.close();
    await notices.send(isSystemError(error) ? exitCodes.storeUnusable : exitCodes.internalError);
    throw error;
  } finally {
    interrupts.release();
    prepared.remote?.leave();
    await space?.close();
    await page?.finish({mayStay: result !== undefined && !interrupts.stopSignal.aborted});
    reporter.close();
  }
  const results = options.json === true ? undefined : collectResults({...prepared, ...result});
  if (results !== undefined) {
    await concludeRun({...seen, store, result, results, place, options}, world);
  }
  const isKilled = interrupts.killSignal.aborted;
  const code = isKilled ? exitCodes.killed : outcomeCode(result.outcome, seen);
  await notices.send(code);
  await page?.stay();
  const {example} = prepared;
  if (example !== undefined && results !== undefined) {
    const named = namedFiles(results.files);
    rememberRun({...seen, ...example, graph, store, result, results, named});
  }
  return code;
}

/**
 * Loads what estimates a run, with the speeds of this machine if a plan has measured them. All callers get the same estimator, since it
 * computes the costs of all instances.
 */
function estimatorFor(
  {graph, store, executor}: Prepared,
  {engine}: RunOptions,
  world: World,
): () => Promise<Estimator> {
  const load = async (): Promise<Estimator> =>
    estimatorOf({
      graph,
      store,
      ...(await loadKnowledge(graph, world)),
      speeds: keptSpeeds(engine, world),
      slots: executor.capacity('cpu'),
      // The GPUs are found when the first instance asks for one.
      gpus: () => executor.capacity('gpu'),
    });
  let estimator: Promise<Estimator> | undefined;
  return () => (estimator ??= load());
}

function spaceWatch(
  estimated: Pick<SpaceSetup, 'graph' | 'loadEstimator'>,
  {store, named}: {readonly store: Store; readonly named: string},
  reporter: Reporter,
): SpaceWatch {
  return new SpaceWatch({
    ...estimated,
    freeBytes: () => freeBytes(store),
    store: named,
    tell: (line) => reporter.note(line),
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

function setupOf(
  prepared: Prepared,
  {engine, software, ...options}: RunOptions,
  world: World,
): Omit<RunSetup, 'waits' | 'stopSignal' | 'killSignal' | 'onEvent'> {
  const {pid, registryModule} = world;
  return {
    ...prepared,
    pid,
    registryModule,
    facts: runFacts(prepared.graph, world),
    engine,
    ...(software && {software}),
    keepGoing: options.keepGoing === true,
    onlyStored: options.stored === true,
  };
}
