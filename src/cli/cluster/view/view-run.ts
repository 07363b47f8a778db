import {placedResults} from '../../../journal/collect-results.ts';
import {resultOf, type RunAccount} from '../../../journal/run-account.ts';
import type {InstanceGraph, InstanceId} from '../../../pipeline/graph/instance.ts';
import {writeWrapped} from '../../../report/format/wrapped.ts';
import {isSystemError} from '../../../base/errno.ts';
import type {Store} from '../../../store/layout.ts';
import type {StageRecord} from '../../../store/records/record.ts';
import {sameAgain} from '../../command-line.ts';
import {exitCodes, type ExitCode} from '../../exit-codes.ts';
import {storeWords} from '../../options/store-option.ts';
import {concludeRun} from '../../pipeline/conclude-run.ts';
import {outcomeCode} from '../../pipeline/outcome-code.ts';
import {showRunLive, type ShowOptions} from '../../pipeline/run-show.ts';
import type {World} from '../../world.ts';
import type {ClusterRun} from '../cluster-run.ts';
import type {Crew} from './crew.ts';
import {followRun} from './follow-run.ts';
import type {ReleaseSignal} from './hold-signal.ts';
import {takeRequests} from './take-requests.ts';

/** The options of a viewer. */
export interface ViewOptions extends ShowOptions {
  /** The store, as the user named it. */
  readonly store: string;
  /** Releases a signal that came before the run was shown. */
  readonly earlier?: ReleaseSignal | undefined;
}

/**
 * Shows a run on a cluster until it has ended, and prints its results. It computes nothing, but sees that the run has
 * members.
 */
export async function viewRun(
  viewed: ClusterRun,
  crew: Crew,
  options: ViewOptions,
  world: World,
): Promise<ExitCode> {
  const {run, store, graph, request} = viewed;
  const show = await showRunLive(run, store, options, world);
  const {reporter, page, notices, seen} = show;
  crew.teller.giveTo((line) => reporter.note(line));
  const stopWithinMs = request.args.stopWithin ?? world.waits.stopWithinMs;
  const requests = takeRequests(reporter, {stopWithinMs, earlier: options.earlier}, world);
  const {stopSignal, cancelSignal} = requests;
  let followed: Awaited<ReturnType<typeof followRun>> | undefined;
  try {
    followed = await followRun({
      run,
      store,
      crew,
      requests,
      lookMs: world.waits.lookMs,
      onEvent: (event) => show.onEvent(event),
    });
  } catch (error) {
    reporter.close();
    await notices.send(isSystemError(error) ? exitCodes.storeUnusable : exitCodes.internalError);
    throw error;
  } finally {
    requests.release();
    await page?.finish({mayStay: followed?.end === 'finished' && !stopSignal.aborted});
    reporter.close();
  }
  if (followed.end === 'left') {
    tellLeft(viewed, options, world);
    return cancelSignal.aborted ? exitCodes.killed : exitCodes.suspended;
  }
  const {outcome} = seen.finished!;
  if (options.json !== true) {
    const records = recordsOf(followed.account, {graph, store});
    const results = placedResults({graph, store, run, records});
    const {keepGoing} = request.args;
    const shown = {...options, ...(keepGoing && {keepGoing})};
    await concludeRun(
      {...show, ...seen, store, result: {run, outcome}, results, options: shown},
      world,
    );
  }
  const code = cancelSignal.aborted ? exitCodes.killed : outcomeCode(outcome, seen);
  await notices.send(code);
  await page?.stay();
  return code;
}

/** The results of a run, in the order of its graph. */
function recordsOf(
  {instances}: RunAccount,
  {graph, store}: {readonly graph: InstanceGraph; readonly store: Store},
): ReadonlyMap<InstanceId, StageRecord> {
  const records = new Map<InstanceId, StageRecord>();
  for (const id of graph.instances.keys()) {
    const instance = instances.get(id);
    const record = instance && resultOf(store, instance);
    if (record !== undefined) records.set(id, record);
  }
  return records;
}

/** Says how to come back to a run that goes on. */
function tellLeft(
  {run, cluster}: Pick<ClusterRun, 'run' | 'cluster'>,
  {store}: ViewOptions,
  world: World,
): void {
  const {commandLine, stderr} = world;
  const back = sameAgain({...commandLine, words: ['attach', run, ...storeWords(store, world)]});
  writeWrapped(stderr, `Run ${run} goes on on ${cluster.name}. To come back: ${back}\n`);
}
