import {isSystemError} from '../../base/errno.ts';
import type {RunEvent} from '../../journal/event.ts';
import {RunAccount} from '../../journal/run-account.ts';
import {runName} from '../../journal/run-name.ts';
import type {InstanceGraph, InstanceId} from '../../pipeline/graph/instance.ts';
import type {Estimator} from '../../plan/estimator.ts';
import {jsonReporter} from '../../report/live/json-reporter.ts';
import {liveReporter} from '../../report/live/live-reporter.ts';
import {plainReporter} from '../../report/live/plain-reporter.ts';
import {quietReporter} from '../../report/live/quiet-reporter.ts';
import type {Reporter} from '../../report/live/reporter.ts';
import type {RunPlace} from '../../report/text/run-place.ts';
import type {Waits} from '../../schedule/delays.ts';
import {executeRun, type RunResult} from '../../schedule/execute-run.ts';
import type {RunRemote} from '../../remote/run-remote.ts';
import type {Executor} from '../../schedule/executor.ts';
import type {RunSetup} from '../../schedule/run-setup.ts';
import type {Store} from '../../store/layout.ts';
import {freeBytes} from '../../store/store-fault.ts';
import {sameAgain, without} from '../command-line.ts';
import {exitCodes, type ExitCode} from '../exit-codes.ts';
import {keptSpeeds} from '../options/machine-speeds.ts';
import type {RunOptions} from '../options/pipeline-options.ts';
import {RunViewer} from '../page/run-viewer.ts';
import type {LineTeller} from '../remote/line-teller.ts';
import type {World} from '../world.ts';
import {endExchange} from '../remote/end-exchange.ts';
import {concludeRun} from './conclude-run.ts';
import {estimatorOf, loadKnowledge} from './load-estimator.ts';
import {noticeOf, notify} from './notify.ts';
import {runFacts} from './run-facts.ts';
import {SpaceWatch, type SpaceSetup} from './space-watch.ts';
import {takeInterrupts, type Interrupts} from './take-interrupts.ts';

/** What a run needs, once the pipeline is valid and the devices suffice. */
interface Prepared {
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
  const place = placeOf(store, options, world);
  const reporter = reporterFor(options, place, world);
  prepared.teller.giveTo((line) => reporter.note(line));
  const viewer = viewerFor(store, reporter, options, world);
  const loadEstimator = estimatorFor(prepared, options, world);
  const {graph} = prepared;
  const space = options.quiet
    ? undefined
    : spaceWatch({graph, loadEstimator}, {store, named: options.store}, reporter);
  const waits = waitsOf(options, world.waits);
  const interrupts = takeInterrupts(reporter, {run, store: options.store, ...waits}, world);
  interrupts.stopSignal.addEventListener('abort', () => prepared.remote?.leave());
  const seen: Seen = {finished: undefined, isStoreAtFault: false};
  const notices = noticesOf(run, store, options, world);
  const onEvent = (event: RunEvent): void => {
    see(event, seen);
    for (const listener of [notices, reporter, viewer, space]) listener?.onEvent(event);
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
    await viewer?.finish({mayStay: result !== undefined && !interrupts.stopSignal.aborted});
    reporter.close();
  }
  if (options.json !== true)
    await concludeRun({...prepared, ...seen, result, place, options}, world);
  const code = codeFor(result, seen, interrupts);
  await notices.send(code);
  await viewer?.stay();
  return code;
}

/** What the events of a run tell of its end. */
interface Seen {
  finished: Extract<RunEvent, {kind: 'run-finished'}> | undefined;
  isStoreAtFault: boolean;
}

function see(event: RunEvent, seen: Seen): void {
  if (event.kind === 'run-finished') seen.finished = event;
  seen.isStoreAtFault ||= event.kind === 'failed' && event.cause.kind === 'store-error';
}

/** Notifies of the end of a run, if it has begun. */
interface Notices {
  onEvent(event: RunEvent): void;
  send(code: ExitCode): Promise<void>;
}

function noticesOf(
  run: string,
  store: Store,
  {notify: targets = []}: RunOptions,
  world: World,
): Notices {
  const account = new RunAccount(store, run);
  return {
    onEvent: (event) => {
      if (targets.length > 0) account.add(event);
    },
    send: async (code) => {
      if (account.started === undefined) return;
      await notify(targets, noticeOf(account, store, code), world);
    },
  };
}

function placeOf(store: Store, {settings}: RunOptions, {cwd, commandLine}: World): RunPlace {
  // An address to notify may be secret, and journals are shared.
  const words = without('--notify', commandLine.words);
  return {
    store,
    cwd,
    again: sameAgain({...commandLine, words}),
    againFor: (id) => sameAgain({...commandLine, words: ['run', ...settings, id]}),
  };
}

function reporterFor(options: RunOptions, place: RunPlace, {stdout, stderr}: World): Reporter {
  if (options.json === true) return jsonReporter(stdout, stderr);
  if (options.quiet === true) return quietReporter(stderr, place);
  if (stdout.isTerminal) return liveReporter(stdout, place);
  return plainReporter(stdout, stderr, place);
}

function viewerFor(
  store: Store,
  reporter: Reporter,
  {open, json}: RunOptions,
  world: World,
): RunViewer | undefined {
  if (open !== true) return undefined;
  return new RunViewer(store, reporter, world, {isJson: json === true});
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
  {engine, software, set = [], ...options}: RunOptions,
  world: World,
): Omit<RunSetup, 'waits' | 'stopSignal' | 'killSignal' | 'onEvent'> {
  const {pid, registryModule} = world;
  return {
    ...prepared,
    pid,
    registryModule,
    facts: runFacts(prepared.graph.file, set, world),
    engine,
    ...(software && {software}),
    keepGoing: options.keepGoing === true,
    onlyStored: options.stored === true,
  };
}

function codeFor({outcome}: RunResult, {isStoreAtFault}: Seen, {killSignal}: Interrupts): ExitCode {
  if (killSignal.aborted) return exitCodes.killed;
  return outcome === 'failed' && isStoreAtFault ? exitCodes.storeUnusable : outcomeCodes[outcome];
}

const outcomeCodes = {
  ok: exitCodes.ok,
  failed: exitCodes.stageFailed,
  suspended: exitCodes.suspended,
} as const;
