import type {EngineWish} from '../base/engines.ts';
import type {InstanceGraph, InstanceId} from '../pipeline/graph/instance.ts';
import type {Store} from '../store/layout.ts';
import type {RunEvent, RunEventBody} from '../journal/event.ts';
import type {Executor} from './executor.ts';
import type {Waits} from './delays.ts';

/** What is run, and how. */
export interface RunSetup {
  readonly graph: InstanceGraph;
  readonly store: Store;
  /** The process that runs it. */
  readonly pid: number;
  /** The command line that runs it once more. Absent: there is none. */
  readonly command?: string;
  /** Computes what is to be computed. */
  readonly executor: Executor;
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
  readonly waits: Waits;
  /** Aborted: running stages are to checkpoint and stop, and nothing more is started. */
  readonly stopSignal: AbortSignal;
  /** Aborted: everything ends now. */
  readonly killSignal: AbortSignal;
  readonly onEvent: (event: RunEvent) => void;
}

/** What a run has besides once it has begun. */
export interface ExecutionSetup extends RunSetup {
  readonly run: string;
  readonly emit: (event: RunEventBody) => void;
  /** Called when nothing more happens for now: what was emitted is to be written. */
  readonly flush: () => void;
}
