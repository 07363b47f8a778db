import {randomBytes} from 'node:crypto';
import {mkdir} from 'node:fs/promises';
import path from 'node:path';
import type {EngineWish} from '../base/engines.ts';
import {graphModel} from '../pipeline/graph-model.ts';
import type {InstanceGraph, InstanceId} from '../pipeline/instance.ts';
import {runFolder, type Store} from '../store/layout.ts';
import {processIdentity} from '../store/process-identity.ts';
import type {StageRecord} from '../store/record.ts';
import {sweepStore} from '../store/sweep.ts';
import type {StartWorker} from '../worker/spawn-worker.ts';
import type {Devices} from './devices.ts';
import type {DrawnGraph, RunEvent, RunEventBody} from './event.ts';
import {Execution} from './execution.ts';
import {Journal} from './journal.ts';
import type {Waits} from './waits.ts';

export interface RunSetup {
  readonly graph: InstanceGraph;
  readonly store: Store;
  /** The process that runs it. */
  readonly pid: number;
  /** The command line that runs it once more. Absent: there is none. */
  readonly command?: string;
  readonly devices: Devices;
  /** For instances that do not say. */
  readonly engine: EngineWish;
  /** Instances that run even if their results are stored. */
  readonly forced?: ReadonlySet<InstanceId>;
  /** After a failure, runs what does not depend on it; otherwise only what already runs is finished. */
  readonly keepGoing: boolean;
  /** Run only what does with part of its input, on what is stored. */
  readonly onlyStored?: boolean;
  /** URL of the module whose `registry` workers load stages from. */
  readonly registryModule: string;
  /** URL of the program that workers run. */
  readonly workerModule: string;
  /** What the environment of workers holds. */
  readonly environment: Readonly<Record<string, string>>;
  readonly checkpointIntervalMs: number;
  /** Absent: `usualWaits`. */
  readonly waits?: Waits;
  /** How often the system has ended processes of ours for memory. Absent: that is not looked at. */
  readonly countOomKills?: () => number | undefined;
  /** Has the jobs done. Absent: a process each. */
  readonly startWorker?: StartWorker;
  /** Aborted: running stages are to checkpoint and stop, and nothing more is started. */
  readonly stopSignal: AbortSignal;
  /** Aborted: everything ends now. */
  readonly killSignal: AbortSignal;
  readonly onEvent: (event: RunEvent) => void;
}

export interface RunResult {
  readonly run: string;
  readonly outcome: 'ok' | 'failed' | 'suspended';
  /** What is stored now, of the instances that are done. */
  readonly records: ReadonlyMap<InstanceId, StageRecord>;
}

/**
 * Runs a pipeline: everything that is not stored yet, as many instances at a time as there are devices. Rejects only
 * when the store cannot be written.
 */
export async function executeRun(setup: RunSetup): Promise<RunResult> {
  const {store, graph} = setup;
  const startMs = performance.now();
  const run = runName(new Date());
  await mkdir(path.join(runFolder(store, run), 'logs'), {recursive: true});
  const journal = new Journal(path.join(runFolder(store, run), 'events.jsonl'));
  const clock = new Clock();
  const emit = (body: RunEventBody): void => {
    const event = {at: clock.now(), ...body};
    journal.append(event);
    setup.onEvent(event);
  };
  try {
    await sweepStore(store);
    emit({
      kind: 'run-started',
      run,
      head: processIdentity(setup.pid),
      pipeline: graph.file,
      ...(setup.command !== undefined && {command: setup.command}),
      instances: graph.instances.size,
      devices: Array.from({length: setup.devices.slots}, (_, slot) => `cpu:${slot}`),
    });
    emit(planned(graph));
    const {outcome, records, tally} = await new Execution({
      ...setup,
      run,
      emit,
      flush: () => journal.flush(),
    }).run();
    const durationMs = Math.round(performance.now() - startMs);
    emit({kind: 'run-finished', outcome, ...tally, durationMs});
    return {run, outcome, records};
  } finally {
    journal.close();
  }
}

/** With more instances than these a drawing of all of them would not be looked at. */
const drawnInstances = 40;

function planned(graph: InstanceGraph): RunEventBody {
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

/** The time as events say it. Many happen in the same millisecond, and writing it takes longer than reading it. */
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

/** Sorts by time, to the millisecond, and differs for two runs that start together. */
function runName(now: Date): string {
  const time = now.toISOString().slice(0, 23).replaceAll(/[-:]/g, '').replace('T', '-');
  return `${time}-${randomBytes(3).toString('hex')}`;
}
