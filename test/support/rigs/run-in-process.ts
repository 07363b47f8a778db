import {registry} from '../registries/scripted-registry.ts';
import type {Registry} from '../../../src/contract/registry.ts';
import {formatDiagnostics} from '../../../src/diagnostics/format-diagnostics.ts';
import {
  chooseInstances,
  parseWishes,
  type Choice,
  type Wishes,
} from '../../../src/pipeline/graph/choose-instances.ts';
import type {InstanceGraph} from '../../../src/pipeline/graph/instance.ts';
import {loadPipeline} from '../../../src/pipeline/load-pipeline.ts';
import type {LookAtPath} from '../../../src/pipeline/nodes/look-at-reads.ts';
import {pinEngine} from '../../../src/pipeline/graph/pin-engine.ts';
import type {RunEvent} from '../../../src/journal/event.ts';
import {usualWaits} from '../../../src/schedule/delays.ts';
import {executeRun, type RunResult} from '../../../src/schedule/execute-run.ts';
import type {JobSetup} from '../../../src/schedule/executor.ts';
import type {RunSetup} from '../../../src/schedule/run-setup.ts';
import {engines} from '../../../src/tensor/engines/engines.ts';
import type {FailpointHook} from '../../../src/store/failpoint.ts';
import {openStore} from '../../../src/store/open-store.ts';
import {InProcessExecutor} from './in-process-executor.ts';

export interface InProcessRun {
  /** The texts of pipeline files by path; the first is run. */
  readonly files: Readonly<Record<string, string>>;
  /** The folder of the store. */
  readonly store: string;
  /** The selection of instances; defaults to all. */
  readonly wishes?: Partial<Wishes>;
  /** Defaults to `auto`. */
  readonly engine?: string;
  /** Defaults to the scripted stage types. */
  readonly stageTypes?: Registry;
  /** Looks at the files and folders that stages read by a path. Absent: keys do not cover them. */
  readonly lookAt?: LookAtPath;
  /** Loads what estimates durations. Absent: only earlier results tell how long it takes. */
  readonly loadEstimator?: RunSetup['loadEstimator'];
  /** Called at each step of an attempt that touches the store. */
  readonly failpoint?: FailpointHook;
  /** Whether a failure ends only what needs it; by default it ends the run. */
  readonly keepGoing?: boolean;
  /** The number of CPU slots; defaults to 2. */
  readonly slots?: number;
  /** Called for every job that starts. */
  readonly onStart?: (setup: JobSetup) => void;
  /** Called for every event; `stop` stops the run as Ctrl-C does. */
  readonly onEvent?: (event: RunEvent, stop: () => void) => void;
}

export interface RunInProcess extends RunResult {
  readonly events: readonly RunEvent[];
}

/** Runs a pipeline with the whole runner, but in this process: a checkpoint at every offer. */
export async function runInProcess(given: InProcessRun): Promise<RunInProcess> {
  const {stageTypes = registry} = given;
  const {graph, forced} = await loadChoice(given);
  const opened = await openStore(given.store);
  if (opened.kind === 'unusable') throw new Error(opened.message);
  const stop = new AbortController();
  const events: RunEvent[] = [];
  const result = await executeRun({
    graph,
    forced,
    store: opened.store,
    pid: process.pid,
    executor: new InProcessExecutor(given.slots ?? 2, stageTypes, given.failpoint, given.onStart),
    engine: given.engine ?? 'auto',
    keepGoing: given.keepGoing ?? false,
    ...(given.loadEstimator && {loadEstimator: given.loadEstimator}),
    registryModule: '',
    waits: {...usualWaits, checkpointIntervalMs: 0},
    stopSignal: stop.signal,
    killSignal: new AbortController().signal,
    onEvent: (event) => {
      events.push(event);
      given.onEvent?.(event, () => stop.abort());
    },
  });
  return {...result, events};
}

/** The instances that such a run would choose. */
export async function loadChoice(
  given: Pick<InProcessRun, 'files' | 'wishes' | 'stageTypes' | 'engine' | 'lookAt'>,
): Promise<Choice & {readonly whole: InstanceGraph}> {
  const {files, stageTypes = registry} = given;
  const loaded = await loadPipeline({
    file: Object.keys(files)[0]!,
    registry: stageTypes,
    readFile: (path) => readText(files, path),
    ...(given.lookAt && {lookAt: given.lookAt}),
  });
  if (loaded.kind === 'invalid') throw new Error(formatDiagnostics(loaded.diagnostics));
  const pinned = pinEngine(loaded.graph, given.engine ?? 'auto', engines);
  if (pinned.kind === 'invalid') throw new Error(formatDiagnostics(pinned.diagnostics));
  const whole = pinned.graph;
  const parsed = parseWishes({select: [], until: [], force: [], ...given.wishes});
  const chosen = chooseInstances(whole, parsed.wishes);
  const wrong = chosen.kind === 'invalid' ? chosen.diagnostics : parsed.diagnostics;
  if (chosen.kind === 'invalid' || wrong.length > 0) throw new Error(formatDiagnostics(wrong));
  return {...chosen.choice, whole};
}

function readText(files: InProcessRun['files'], path: string): Promise<Uint8Array> {
  const text = files[path];
  if (text !== undefined) return Promise.resolve(Buffer.from(text));
  return Promise.reject(Object.assign(new Error('not there'), {code: 'ENOENT'}));
}
