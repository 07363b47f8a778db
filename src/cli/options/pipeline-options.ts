import type {TargetOptions} from '../target.ts';
import type {RemoteOptions} from '../remote/open-remote.ts';
import type {Project} from '../project/apply-project.ts';
import type {DevicesOptions} from './devices-option.ts';

/** The options of commands that use a pipeline and a store. */
export interface PipelineOptions extends TargetOptions {
  readonly store: string;
  readonly project: Project;
}

export interface RunOptions extends PipelineOptions, DevicesOptions, RemoteOptions {
  readonly project: Project;
  readonly engine: string;
  /** Whether an engine for GPUs may use software in the place of one. */
  readonly software?: true;
  /** CPU slots. Absent: the number of cores. */
  readonly jobs?: number;
  readonly keepGoing?: true;
  readonly stored?: true;
  /** Whether only results and errors are printed. */
  readonly quiet?: true;
  /** Seconds between two checkpoints of a running stage. */
  readonly checkpointInterval?: number;
  /** The time that a stage has to stop, in milliseconds. Absent: the default. */
  readonly stopWithin?: number;
  readonly json?: true;
  /** Whether to show its page in the browser. */
  readonly open?: true;
  /** Whether to run in a process of its own; on a cluster: whether to return when members were asked for. */
  readonly detach?: true;
  /** The cluster whose members compute it. Absent: this machine does. */
  readonly on?: string;
  /** Whether only to show what a cluster would be asked for. */
  readonly dryRun?: true;
  /** The name of the run. Absent: it is made from the time. */
  readonly runName?: string;
  /** Addresses and commands that are told of the end. */
  readonly notify?: readonly string[];
  /** All options that the command declares. */
  readonly settings: readonly string[];
}

export interface PlanOptions extends PipelineOptions, DevicesOptions, RemoteOptions {
  readonly project: Project;
  readonly engine: string;
  readonly jobs?: number;
  /** Whether the speed of this machine may be measured. */
  readonly calibrate: boolean;
  /** The cluster whose members would compute it. Absent: this machine would. */
  readonly on?: string;
  readonly all?: true;
  readonly json?: true;
}
