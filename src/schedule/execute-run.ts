import {mkdir} from 'node:fs/promises';
import path from 'node:path';
import PQueue from 'p-queue';
import {graphModel} from '../pipeline/graph/graph-model.ts';
import type {InstanceGraph, InstanceId} from '../pipeline/graph/instance.ts';
import {runFolder} from '../store/layout.ts';
import type {StageRecord} from '../store/records/record.ts';
import {slotTokens} from './device-request.ts';
import type {DrawnGraph, RunEventBody} from '../journal/event.ts';
import {Execution} from './execution.ts';
import {runName} from '../journal/run-name.ts';
import {wholePart} from './part.ts';
import {Recorder} from './recorder.ts';
import type {RunSetup} from './run-setup.ts';
import {OwnTries} from './tries.ts';
import {whileMember} from './while-member.ts';

export interface RunResult {
  readonly run: string;
  readonly outcome: 'ok' | 'failed' | 'suspended';
  /** The stored results of the instances that are done. */
  readonly records: ReadonlyMap<InstanceId, StageRecord>;
}

/**
 * Runs a pipeline: every instance that is not stored yet, as many at a time as there are devices. Rejects only if the
 * store cannot be written.
 */
export async function executeRun(setup: RunSetup): Promise<RunResult> {
  const {store, graph} = setup;
  const startMs = performance.now();
  const run = setup.run ?? runName(new Date());
  const folder = runFolder(store, run);
  await mkdir(path.join(folder, 'logs'), {recursive: true});
  const recorder = new Recorder(folder, setup.onEvent);
  const {emit, flush} = recorder;
  try {
    return await whileMember(setup, async (member, starts) => {
      emit({
        kind: 'run-started',
        run,
        head: member.head,
        pipeline: graph.file,
        ...(setup.command !== undefined && {command: setup.command}),
        instances: graph.instances.size,
        devices: slotTokens(setup.executor.capacity('cpu')),
      });
      emit({...planned(graph), ...(setup.facts !== undefined && {facts: setup.facts})});
      const [tries, part] = [new OwnTries(), wholePart()];
      const claims = new PQueue({concurrency: 1});
      const own = {run, folder, member, claims, tries, part, emit, flush};
      const ledger = await starts(new Execution({...setup, ...own})).run();
      ledger.close({stopped: setup.stopSignal.aborted});
      const {outcome, records, tally} = ledger;
      const durationMs = Math.round(performance.now() - startMs);
      emit({kind: 'run-finished', outcome, ...tally, durationMs});
      return {run, outcome, records};
    });
  } finally {
    recorder.close();
  }
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
