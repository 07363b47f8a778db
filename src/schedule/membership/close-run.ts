import type {RunEventBody} from '../../journal/event.ts';
import {collectResults, type Results} from '../../journal/collect-results.ts';
import {
  hasResult,
  readRun,
  resultOf,
  type InstanceAccount,
  type RunAccount,
} from '../../journal/run-account.ts';
import type {Instance, InstanceGraph, InstanceId} from '../../pipeline/graph/instance.ts';
import {upstreamsOf} from '../../pipeline/graph/sub-graph.ts';
import {planGraph, storedRecords} from '../../plan/plan-graph.ts';
import {isAlive} from '../../store/claims/members.ts';
import type {ProcessIdentity} from '../../store/claims/process-identity.ts';
import {closedPath, type Store} from '../../store/layout.ts';
import type {StageRecord} from '../../store/records/record.ts';
import type {Tally} from '../ledger.ts';
import {isAskedToStop} from './run-notes.ts';
import {takeRole} from './take-role.ts';

/** A run on a cluster that has come to its end. */
export interface Closing {
  readonly store: Store;
  readonly run: string;
  readonly graph: InstanceGraph;
  /** The instances that the run makes even if their results are stored. */
  readonly forced?: ReadonlySet<InstanceId>;
  /** The process that closes it. */
  readonly closer: ProcessIdentity;
  /** The results that the closer has found or made. Absent: none. */
  readonly records?: ReadonlyMap<InstanceId, StageRecord>;
  /** Takes the events of the end. */
  readonly emit: (event: RunEventBody) => void;
}

export interface ClosedRun {
  readonly outcome: 'ok' | 'failed' | 'suspended';
  /** The stored results of the instances that are done. */
  readonly records: ReadonlyMap<InstanceId, StageRecord>;
  readonly results: Results;
}

/**
 * Ends a run of which nothing runs any more: gives an outcome to every instance that has none, places the results, and
 * says that the run has finished. Exactly one process does so. `undefined`: another does, or has.
 */
export async function closeRun(closing: Closing): Promise<ClosedRun | undefined> {
  if (!(await claimEnd(closing))) return undefined;
  const {store, run, graph, emit} = closing;
  const account = readRun(store, run);
  const ending = endingOf(closing, account);
  for (const event of ending.events) emit(event);
  const {outcome, records, tally} = ending;
  // Viewers look at the results of a run when it has finished.
  const results = collectResults({graph, records, store, run});
  const startMs = Date.parse(account.started?.at ?? '');
  const durationMs = Number.isFinite(startMs) ? Math.max(0, Date.now() - startMs) : 0;
  emit({kind: 'run-finished', outcome, ...tally, durationMs});
  return {outcome, records, results};
}

/** Makes this process the one that ends a run, unless another one lives that does, or has done so. */
async function claimEnd({store, run, closer}: Closing): Promise<boolean> {
  return await takeRole(
    store,
    closedPath(store, run),
    closer,
    (holder) =>
      (holder !== undefined && isAlive(store, holder)) ||
      readRun(store, run).finished !== undefined,
  );
}

interface Ending extends Omit<ClosedRun, 'results'> {
  /** The outcomes that are missing. */
  readonly events: readonly RunEventBody[];
  readonly tally: Tally;
}

function endingOf(closing: Closing, account: RunAccount): Ending {
  const {store, run, graph} = closing;
  const records = new Map<InstanceId, StageRecord>();
  const events: RunEventBody[] = [];
  const blame = new Map<InstanceId, InstanceId>();
  const tally = {hits: 0, ran: 0, failed: 0, skipped: 0, unstarted: 0, savedMs: 0};
  const untold = findUntold(closing, account);
  const why = account.state.counts.failed > 0 && !isAskedToStop(store, run) ? 'failure' : 'stop';
  for (const instance of graph.instances.values()) {
    const {id} = instance;
    const told = account.instances.get(id);
    if (told?.standing === 'failed') {
      tally.failed++;
      blame.set(id, id);
      continue;
    }
    const found = untold.get(id);
    if (hasResult(told) || found !== undefined) {
      const record = found ?? resultOf(store, told!);
      const savedMs = record?.durationMs ?? 0;
      if (found !== undefined) events.push({kind: 'hit', instance: id, key: found.key, savedMs});
      if (wasMade(told)) tally.ran++;
      else {
        tally.hits++;
        tally.savedMs += savedMs;
      }
      if (record !== undefined) records.set(id, record);
      continue;
    }
    if (told?.standing === 'suspended') continue;
    const because = blameOf(instance, blame);
    if (because !== undefined) blame.set(id, because);
    tally[because === undefined ? 'unstarted' : 'skipped']++;
    if (told?.standing === 'skipped' || told?.standing === 'unstarted') continue;
    if (because === undefined) events.push({kind: 'unstarted', instance: id, why});
    else events.push({kind: 'skipped', instance: id, because});
  }
  const isDone = tally.hits + tally.ran === graph.instances.size;
  const outcome = tally.failed > 0 ? 'failed' : isDone ? 'ok' : 'suspended';
  return {outcome, records, events, tally};
}

/** The results that are stored, and of which no journal tells (`ToldHits`). */
function findUntold(
  {store, graph, forced = new Set(), records = new Map()}: Closing,
  {instances}: RunAccount,
): ReadonlyMap<InstanceId, StageRecord> {
  const untold = [...graph.instances.keys()].filter((id) => {
    const told = instances.get(id);
    return !hasResult(told) && told?.standing !== 'failed';
  });
  const found = new Map<InstanceId, StageRecord>();
  const add = (stored: ReadonlyMap<InstanceId, StageRecord>): void => {
    for (const id of untold) {
      const record = stored.get(id);
      if (record !== undefined) found.set(id, record);
    }
  };
  add(records);
  if (found.size === untold.length) return found;
  const left = untold.filter((id) => forced.has(id) && !found.has(id));
  add(storedRecords(planGraph(graph, store, new Set(left))));
  return found;
}

/**
 * Whether a result was made in the run. Another member may have found it before the one that made it has written so: then
 * it was started here.
 */
function wasMade(told: InstanceAccount | undefined): boolean {
  return told !== undefined && (told.standing === 'finished' || told.logs.length > 0);
}

/** The failed instance that is to blame if an instance has no result. */
function blameOf(
  instance: Instance,
  blame: ReadonlyMap<InstanceId, InstanceId>,
): InstanceId | undefined {
  const culprit = upstreamsOf(instance).find((id) => blame.has(id));
  return culprit === undefined ? undefined : blame.get(culprit);
}
