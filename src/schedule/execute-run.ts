import {mkdir} from 'node:fs/promises';
import path from 'node:path';
import PQueue from 'p-queue';
import {graphModel} from '../pipeline/graph/graph-model.ts';
import type {InstanceGraph, InstanceId} from '../pipeline/graph/instance.ts';
import {runFolder} from '../store/layout.ts';
import {Heartbeat} from '../store/claims/heartbeat.ts';
import type {StageRecord} from '../store/records/record.ts';
import {sweepStore} from '../store/claims/sweep.ts';
import {slotToken} from './device-request.ts';
import type {DrawnGraph, RunEventBody} from '../journal/event.ts';
import {Execution} from './execution.ts';
import {Journal} from '../journal/journal.ts';
import {runName} from '../journal/run-name.ts';
import type {RunSetup} from './run-setup.ts';

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
  await mkdir(path.join(runFolder(store, run), 'logs'), {recursive: true});
  const journal = new Journal(path.join(runFolder(store, run), 'events.jsonl'));
  const clock = new Clock();
  const emit = (body: RunEventBody): void => {
    const event = {at: clock.now(), ...body};
    journal.append(event);
    setup.onEvent(event);
  };
  let heartbeat: Heartbeat | undefined;
  let execution: Execution | undefined;
  try {
    await sweepStore(store);
    heartbeat = await Heartbeat.start(store, setup.pid, setup.waits);
    const {member} = heartbeat;
    emit({
      kind: 'run-started',
      run,
      head: member.head,
      pipeline: graph.file,
      ...(setup.command !== undefined && {command: setup.command}),
      instances: graph.instances.size,
      devices: Array.from({length: setup.executor.capacity('cpu')}, (_, slot) => slotToken(slot)),
    });
    emit({...planned(graph), ...(setup.facts !== undefined && {facts: setup.facts})});
    const claims = new PQueue({concurrency: 1});
    const flush = (): void => journal.flush();
    execution = new Execution({...setup, run, member, claims, emit, flush});
    const {outcome, records, tally} = await execution.run();
    const durationMs = Math.round(performance.now() - startMs);
    emit({kind: 'run-finished', outcome, ...tally, durationMs});
    await heartbeat.stop();
    return {run, outcome, records};
  } catch (error) {
    // Attempts may outlive a run that failed. Until they have ended, other machines must not take them for dead.
    void Promise.resolve(execution?.ended()).then(() => heartbeat?.stop());
    throw error;
  } finally {
    journal.close();
  }
}

/** Up to this number of instances, the event includes the graph of instances. */
const drawnInstances = 40;

function planned(graph: InstanceGraph): Extract<RunEventBody, {kind: 'planned'}> {
  const drawn = (instances: boolean): DrawnGraph => {
    const {nodes, edges} = graphModel(graph, {instances});
    return {nodes: [...nodes], edges};
  };
  return {
    kind: 'planned',
    name: graph.name,
    stages: drawn(false),
    ...(graph.instances.size <= drawnInstances && {instances: drawn(true)}),
  };
}

/**
 * The time as events contain it. The text is cached, since many events happen in one millisecond and formatting takes
 * longer than reading the clock.
 */
class Clock {
  #ms = Number.NaN;
  #text = '';

  now(): string {
    const ms = Date.now();
    if (ms !== this.#ms) {
      this.#ms = ms;
      this.#text = new Date(ms).toISOString();
    }
    return this.#text;
  }
}
