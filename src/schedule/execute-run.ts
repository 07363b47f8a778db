import PQueue from 'p-queue';
import {graphModel} from '../pipeline/graph/graph-model.ts';
import type {InstanceGraph, InstanceId} from '../pipeline/graph/instance.ts';
import type {Key, StageRecord} from '../store/records/record.ts';
import type {DrawnGraph, RunEventBody} from '../journal/event.ts';
import {Execution} from './execution.ts';
import {wholePart} from './part.ts';
import {recordRun, type RunEnd} from './record-run.ts';
import type {RunSetup} from './run-setup.ts';
import {OwnTries} from './tries.ts';

export interface RunResult extends RunEnd {
  readonly run: string;
  /** The stored results of the instances that are done. */
  readonly records: ReadonlyMap<InstanceId, StageRecord>;
  /** Whether a result was made again, so that others may have been made of the one before it. */
  readonly hasReopened: boolean;
  /** The state that the file of one of these records had; `undefined`: it was not noted. */
  readonly stateOf: (key: Key) => string | undefined;
}

/**
 * Runs a pipeline: every instance that is not stored yet, as many at a time as there are devices. Rejects only if the
 * store cannot be written.
 */
export async function executeRun(setup: RunSetup): Promise<RunResult> {
  const {graph, facts, executor} = setup;
  const recorded = {
    ...setup,
    pipeline: graph.file,
    instances: graph.instances.size,
    slots: executor.capacity('cpu'),
  };
  return await recordRun(recorded, async ({run, folder, recorder}, member, starts) => {
    const {emit, flush} = recorder;
    emit({...planned(graph), ...(facts !== undefined && {facts})});
    const [tries, part] = [new OwnTries(), wholePart()];
    const claims = new PQueue({concurrency: 1});
    const own = {run, folder, member, claims, tries, part, emit, flush};
    const execution = starts(new Execution({...setup, ...own}));
    const ledger = await execution.run();
    ledger.close({stopped: setup.stopSignal.aborted});
    const {outcome, records, tally, hasReopened} = ledger;
    const stateOf = (key: Key): string | undefined => execution.records.stateOf(key);
    return {outcome, records, tally, hasReopened, stateOf};
  });
}

/** Up to this number of instances, the event includes the graph of instances. */
const drawnInstances = 40;

/** What the journal tells of the contents of a run. */
export function planned(graph: InstanceGraph): Extract<RunEventBody, {kind: 'planned'}> {
  const drawn = (instances: boolean): DrawnGraph => {
    const {nodes, edges} = graphModel(graph, {instances});
    return {nodes: [...nodes], edges};
  };
  return {
    kind: 'planned',
    name: graph.name,
    params: graph.params,
    stages: drawn(false),
    ...(graph.instances.size <= drawnInstances && {instances: drawn(true)}),
  };
}
