import type PQueue from 'p-queue';
import type {InstanceGraph, InstanceId} from '../pipeline/graph/instance.ts';
import type {Estimator} from '../plan/estimator.ts';
import type {RunRemote} from '../remote/run-remote.ts';
import type {Member} from '../store/claims/heartbeat.ts';
import type {Store} from '../store/layout.ts';
import type {RunEvent, RunEventBody, RunFacts} from '../journal/event.ts';
import type {Executor} from './executor.ts';
import type {Waits} from './delays.ts';
import type {Part} from './part.ts';
import type {Tries} from './tries.ts';

/** The pipeline and options of a run. */
export interface RunSetup {
  readonly graph: InstanceGraph;
  readonly store: Store;
  /** The name of the run. Absent: it gets one. */
  readonly run?: string;
  /** The process that runs it. */
  readonly pid: number;
  /** The command line that repeats the run. Absent: there is none. */
  readonly command?: string;
  /** What the journal keeps for the page of the run. */
  readonly facts?: RunFacts;
  /** The results of other machines. Absent: there is no remote cache. */
  readonly remote?: RunRemote;
  /** Computes the instances. */
  readonly executor: Executor;
  /** The engine of instances that do not specify one: a name, or `auto`. */
  readonly engine: string;
  /** Whether an engine for GPUs may use software in the place of one. */
  readonly software?: true;
  /** Loads what estimates durations, when something has to run. Absent: only earlier results tell how long it takes. */
  readonly loadEstimator?: () => Promise<Estimator>;
  /** Instances that run even if their results are stored. */
  readonly forced?: ReadonlySet<InstanceId>;
  /** After a failure, runs everything that does not depend on it; otherwise only running instances are finished. */
  readonly keepGoing: boolean;
  /** Runs only instances with a partial input, on stored results. */
  readonly onlyStored?: boolean;
  /** URL of the module whose `registry` workers load stages from. */
  readonly registryModule: string;
  readonly waits: Waits;
  /** When aborted, running stages are asked to save a checkpoint and stop, and nothing more is started. */
  readonly stopSignal: AbortSignal;
  /** When aborted, everything ends immediately. */
  readonly killSignal: AbortSignal;
  readonly onEvent: (event: RunEvent) => void;
}

/** The additional state of a run that has begun. */
export interface ExecutionSetup extends RunSetup {
  readonly run: string;
  /** The absolute path of the folder of its journal and its `logs`. */
  readonly folder: string;
  /** The member of the store that the run is. */
  readonly member: Member;
  /** Takes leases one after the other, so that attempts start in the order in which they were chosen. */
  readonly claims: PQueue;
  readonly tries: Tries;
  readonly part: Part;
  /** Whether workers leave their leases to this process, which notes for others how attempts end. */
  readonly keepsLeases?: true;
  readonly emit: (event: RunEventBody) => void;
  /** Called when nothing more happens for now, so that emitted events are written. */
  readonly flush: () => void;
}
